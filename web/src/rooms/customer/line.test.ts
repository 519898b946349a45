import { describe, expect, it } from "vitest";
import { draw, inLanes, newest } from "./line";

describe("a score over weeks", () => {
  it("shows the value of now behind the last reading, not joined to it", () => {
    const drawn = draw(
      [
        { day: "2026-11-08", value: 70 },
        { day: "2026-11-15", value: 60 },
      ],
      null,
      { day: "2026-11-20", value: 50 },
    );
    expect(drawn.points.map((p) => p.x)).toEqual([0, 50]);
    expect(drawn.path.split("L")).toHaveLength(2);
    expect(drawn.now).toMatchObject({ x: 100, value: 50 });
    expect(drawn.marks[0]?.value).toBe(40);
  });
  it("keeps the newest readings that have a value", () => {
    const readings = [
      { day: "2026-11-01", value: "70" },
      { day: "2026-11-08", value: null },
      { day: "2026-11-15", value: "58" },
      { day: "2026-11-22", value: 57 },
    ];
    expect(newest(readings, 2)).toEqual([
      { day: "2026-11-15", value: 58 },
      { day: "2026-11-22", value: 57 },
    ]);
  });
  it("has the warning line in sight, on a scale of whole tens", () => {
    const drawn = draw(
      [
        { day: "a", value: 78 },
        { day: "b", value: 82 },
      ],
      60,
    );
    expect(drawn.marks.map((m) => m.value)).toEqual([50, 60, 70, 80, 90]);
    expect(drawn.points.map((p) => [p.x, Math.round(p.y)])).toEqual([
      [0, 30],
      [100, 20],
    ]);
    expect(drawn.path).toBe("M0.00 30.00 L100.00 20.00");
  });
  it("is not flattened by equal values, and one reading stands at the end", () => {
    const drawn = draw([{ day: "a", value: 100 }], null);
    expect(drawn.marks.map((m) => m.value)).toEqual([90, 100, 110]);
    expect(drawn.points[0]?.x).toBe(100);
  });
});

describe("terms on a line of time", () => {
  it("stand side by side only while they overlap", () => {
    const spans = [
      { id: 1, from: "2025-01-01", until: "2025-12-31" },
      { id: 2, from: "2026-01-01", until: "2026-12-31" },
      { id: 3, from: "2025-06-01", until: "2026-05-31" },
    ];
    expect(inLanes(spans).map((s) => [s.id, s.lane])).toEqual([
      [1, 0],
      [3, 1],
      [2, 0],
    ]);
  });
});
