import { expect, it } from "vitest";
import type { ProcessTree } from "./flow_tree";
import { actsOf, askedOf, lit, nthOf, type Stand, slotsTaken, type Walk } from "./flow_walk";

const TREE: ProcessTree = {
  process: "p",
  label: "P",
  form: "deal",
  start: [{ key: "now", kind: "hand" }],
  nodes: [
    {
      key: "offer",
      kind: "task",
      fill: ["note"],
      outcomes: [
        { key: "yes", label: "要续", fill: ["amount!", { field: "terms", when: "x" }], next: "split" },
        { key: "no", label: "不续", next: "lost" },
      ],
    },
    { key: "split", kind: "parallel", branches: ["wait", "sign"] },
    { key: "wait", kind: "wait", met: "paid", limit_days: 3, next: "lost", on_limit: "offer" },
    {
      key: "sign",
      kind: "approval",
      fields: [
        { field: "terms", right: "required" },
        { field: "cost", right: "hidden" },
      ],
      approved: "lost",
      rejected: "offer",
    },
    { key: "lost", kind: "update" },
  ],
};
const stand = (node: string, more: Partial<Stand> = {}): Stand => ({
  node,
  state: "waiting",
  wake_at: null,
  code: null,
  people: [],
  asks: null,
  title: null,
  due_at: null,
  proposal: null,
  ...more,
});
const walk = (steps: [string, string][], stands: Stand[]): Walk => ({
  rounds: [
    {
      at: "",
      steps: steps.map(([node, outcome]) => ({ node, outcome, at: "" })),
      tasks: [],
      messages: [],
      changes: [],
      unseen: 0,
    },
  ],
  stands,
});
const node = (key: string) => (TREE.nodes ?? []).find((n) => n.key === key) as NonNullable<ProcessTree["nodes"]>[0];

it("lights the ways that were taken, and no other between the same steps", () => {
  const { nodes, links } = lit(TREE, walk([["offer", "yes"], ["split", "split"], ["wait", "passed"]], [stand("sign"), stand("offer")])); // biome-ignore format: one walk
  expect([...nodes]).toEqual(["offer", "split", "wait", "sign"]);
  expect([...links]).toEqual(["start:now>offer", "offer>split", "split>wait", "split>sign", "wait>offer"]);
});

it("knows by which way a step left", () => {
  expect(slotsTaken(node("wait"), "met")).toEqual(["next"]);
  expect(slotsTaken(node("wait"), "passed")).toEqual(["on_limit"]);
  expect(slotsTaken(node("sign"), "rejected")).toEqual(["rejected"]);
  const some = { key: "i", kind: "inclusive", cases: [{ next: "a" }, {}, { next: "b" }], otherwise: "end" };
  expect(slotsTaken(some, "case_0 case_2")).toEqual(["cases.0.next", "cases.2.next"]);
  const timed = { key: "t", kind: "task", timeout_days: 2, on_timeout: "x", next: "y" };
  expect([slotsTaken(timed, "timed out"), slotsTaken(timed, "done"), slotsTaken(timed, "asked again")]).toEqual([
    ["on_timeout"],
    ["next"],
    [],
  ]);
});

it("offers what can happen where it stands", () => {
  const moment = { wake_at: "2026-12-01T09:00:00+08:00" };
  expect(actsOf(TREE, stand("wait", moment))).toEqual(["assume", "forward"]);
  expect(actsOf(TREE, stand("wait"))).toEqual(["assume"]);
  expect(actsOf(TREE, stand("offer", { asks: "task", ...moment }))).toEqual(["finish"]);
  expect(actsOf(TREE, stand("sign", { asks: "vote" }))).toEqual(["decide"]);
  expect(actsOf(TREE, stand("wait", { state: "held" }))).toEqual([]);
});

it("asks for the fields of the step and of the chosen outcome", () => {
  const task = stand("offer", { asks: "task" });
  expect(askedOf(TREE, task, "no")).toEqual([{ field: "note", required: false }]);
  expect(askedOf(TREE, task, "yes").map((a) => [a.field, a.required])).toEqual([
    ["note", false],
    ["amount", true],
    ["terms", false],
  ]);
  expect(askedOf(TREE, stand("sign", { asks: "vote" }), "")).toEqual([{ field: "terms", required: true }]);
});

it("counts several at one step", () => {
  expect(nthOf([stand("a"), stand("sign"), stand("sign")], 2)).toBe(1);
});
