import { describe, expect, it } from "vitest";
import type { Decided, Planned } from "./api";
import { allOf, byRecord, days, doneOf, fitting, lateness, reasons } from "./plan_model";

const decided = (due_at: string, outcome: Decided["outcome"], reason: string | null = null) =>
  ({ due_at, outcome, reason }) as Decided;

it("groups by the day of the workspace's zone and folds what was not meant", () => {
  const found = days(
    [
      decided("2026-11-21T01:00:00Z", "fired"),
      decided("2026-11-20T17:00:00Z", "skipped", "condition"),
      decided("2026-11-20T15:00:00Z", "skipped", "too_late"),
    ],
    "Asia/Shanghai",
  );
  expect(found.map((d) => [d.day, d.rows.length, d.folded.length])).toEqual([
    ["2026-11-21", 1, 1],
    ["2026-11-20", 1, 0],
  ]);
});

it("says how late in whole days, hours or minutes", () => {
  expect(lateness(2 * 86_400 + 5)).toEqual({ unit: "days", count: 2 });
  expect(lateness(7_199)).toEqual({ unit: "hours", count: 1 });
  expect(lateness(3)).toEqual({ unit: "minutes", count: 1 });
});

it("puts the empty reason last", () => {
  expect(reasons({ condition: 400, too_late: 2, moved: 5 }).map(([r]) => r)).toEqual([
    "moved",
    "too_late",
    "condition",
  ]);
});

it("draws only so many lines at once and still counts them all", () => {
  const rows = Array.from({ length: 5 }, () => decided("2026-11-21T01:00:00Z", "late"));
  const more = decided("2026-11-20T01:00:00Z", "fired");
  const found = fitting(days([...rows, more], "UTC"), 3);
  expect(found.map((f) => [f.day.rows.length, f.shown])).toEqual([[5, 3]]);
  expect(fitting(days([...rows, more], "UTC"), 6)).toHaveLength(2);
});

describe("a day and a record", () => {
  const planned = (record: number, due: string, wanted = true): Planned => ({
    due_at: due,
    kind: "wait",
    process: "p",
    key: "k",
    label: "K",
    label_en: null,
    form: "contract",
    record_id: record,
    basis: null,
    certain: true,
    held: false,
    wanted,
  });
  it("counts what is done of all that was owed", () => {
    const day = {
      day: "2026-12-01",
      off: false,
      fired: 2,
      late: 1,
      held: 1,
      skipped: 1,
      tasks: 9,
      mails: 9,
      planned: 3,
      expected: 2,
    };
    expect([doneOf(day), allOf(day)]).toEqual([4, 10]);
  });
  it("puts who has something to come first, and leaves out what would be skipped", () => {
    const done = {
      ...planned(3, "2026-11-01"),
      id: 1,
      decided_at: "",
      outcome: "fired",
      reason: null,
      held_at: null,
      instance_id: null,
      late_s: 0,
    } as Decided;
    const found = byRecord(
      [done],
      [planned(2, "2026-12-01"), planned(1, "2026-12-02"), planned(9, "2026-12-03", false)],
    );
    expect(found.map((one) => [one.id, one.coming.length, one.done.length])).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [3, 0, 1],
    ]);
  });
});
