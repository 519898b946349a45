import { describe, expect, it } from "vitest";
import type { PersonLoad, Run } from "./api";
import {
  bearing,
  choose,
  difference,
  level,
  monday,
  mondays,
  monthMarks,
  progress,
  room,
  setLine,
  surplus,
  weeksOver,
} from "./model";

const person = (
  id: number,
  capacity: number | null,
  counts: Record<string, number>,
  department = "华东",
): PersonLoad => ({
  id,
  name: `p${id}`,
  department,
  capacity,
  weeks: Object.fromEntries(Object.entries(counts).map(([w, count]) => [w, { count, kinds: {} }])),
});

describe("weeks", () => {
  it("begin on Monday", () => {
    expect(monday("2026-11-22")).toBe("2026-11-16");
    expect(monday("2026-11-23")).toBe("2026-11-23");
    expect(mondays("2026-11-22", "2026-12-01")).toEqual(["2026-11-16", "2026-11-23", "2026-11-30"]);
  });
  it("name a month where it begins, with the year in January", () => {
    expect(monthMarks(["2026-12-21", "2026-12-28", "2027-01-04"])).toEqual(["12", null, "2027-01"]);
  });
});

describe("load", () => {
  it("is judged against what the person usually finishes, and not at all when that is unknown", () => {
    expect([0, 2, 4, 6, 7, 8].map((n) => level(n, 6))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(level(50, null)).toBe(1);
  });
  it("lists who is over capacity first", () => {
    const load = [person(1, 6, { a: 6 }), person(2, 6, { a: 7 }), person(3, 6, {})];
    expect(bearing(load).map((p) => p.id)).toEqual([2, 1]);
    expect(weeksOver(load[1] as PersonLoad)).toBe(1);
  });
  it("finds a colleague of the department with room in that week", () => {
    const over = person(1, 6, { a: 7 });
    const load = [over, person(2, 6, { a: 5 }), person(3, 9, { a: 2 }), person(4, 20, {}, "财务")];
    expect(room(load, "a", over)).toMatchObject({ free: 7, person: { id: 3 } });
    expect(surplus(over, "a")).toBe(1);
  });
});

it("knows how far a run is", () => {
  const run = {
    state: "running",
    asked_at: "2026-11-21T09:00:00Z",
    until_on: "2026-12-01",
    reached_on: "2026-11-26",
  } as Run;
  expect(progress(run)).toBe(0.5);
  expect(progress({ ...run, reached_on: null })).toBe(0);
});

describe("a script", () => {
  const kind = { form: "contract", key: "expired" };
  it("has one line per kind, and none for what is not done", () => {
    const one = setLine([], kind, 3, "lost");
    expect(one).toEqual([{ form: "contract", key: "expired", days: 3, outcome: "lost" }]);
    expect(setLine(one, kind, 1, "renewed")).toEqual([
      { form: "contract", key: "expired", days: 1, outcome: "renewed" },
    ]);
    expect(setLine(one, kind, null, "lost")).toEqual([]);
  });
});

describe("two runs", () => {
  it("differ by a signed number or are the same", () => {
    expect([difference(3, 3), difference(3, 5), difference(1200, 0)]).toEqual([null, "+2", "-1,200"]);
  });
  it("are the last two chosen", () => {
    expect(choose([1], 2)).toEqual([1, 2]);
    expect(choose([1, 2], 3)).toEqual([2, 3]);
    expect(choose([1, 2], 2)).toEqual([1]);
  });
});
