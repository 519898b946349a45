import { describe, expect, it } from "vitest";
import type { Picture } from "./api";
import { layout } from "./layout";

function picture(first: string, edges: [string, string, string?][], starts = ["t90"]): Picture {
  const names = [...new Set([first, ...edges.flatMap(([a, b]) => [a, b] as string[])])];
  return {
    first,
    start: starts.map((key) => ({ key, kind: "date" })),
    nodes: names.map((key) => ({ key })),
    edges: edges.map(([from, to, label]) => ({ from, to, label: label ?? "" })),
  } as unknown as Picture;
}
const at = (p: Picture) => new Map(layout(p).places.map((n) => [n.key, n]));

describe("a process as a picture", () => {
  it("runs from top to bottom, a node over the middle of its branches", () => {
    const found = at(
      picture("lines", [
        ["lines", "a"],
        ["lines", "b"],
        ["lines", "c"],
      ]),
    );
    expect(found.get("start:t90")?.y).toBeLessThan(found.get("lines")?.y ?? 0);
    expect(found.get("a")?.y).toBe(found.get("c")?.y);
    expect(found.get("lines")?.x).toBe(found.get("b")?.x);
  });

  it("puts a node below the longest way to it", () => {
    const found = at(
      picture("a", [
        ["a", "b"],
        ["a", "d"],
        ["b", "c"],
        ["c", "d"],
      ]),
    );
    expect(found.get("d")?.y).toBeGreaterThan(found.get("c")?.y ?? 0);
  });

  it("does not let a way back pull a node down", () => {
    const drawn = layout(
      picture("wait", [
        ["wait", "ask"],
        ["ask", "wait", "延期"],
      ]),
    );
    expect(drawn.links.find((l) => l.from === "ask")?.back).toBe(true);
    expect(drawn.places.find((n) => n.key === "wait")?.y).toBeLessThan(
      drawn.places.find((n) => n.key === "ask")?.y ?? 0,
    );
  });

  it("draws several ways between two nodes as one line with all their words", () => {
    const drawn = layout(
      picture("a", [
        ["a", "b", "暂停"],
        ["a", "b", "其余"],
      ]),
    );
    expect(drawn.links.find((l) => l.to === "b")?.labels).toEqual(["暂停", "其余"]);
  });

  it("never lets two nodes stand on the same place", () => {
    const found = layout(
      picture(
        "l",
        [
          ["l", "a"],
          ["l", "b"],
          ["a", "c"],
          ["a", "d"],
          ["b", "e"],
          ["e", "f"],
          ["c", "f"],
          ["f", "l"],
        ],
        ["x", "y"],
      ),
    ).places.map((n) => `${n.x},${n.y}`);
    expect(new Set(found).size).toBe(found.length);
  });
});
