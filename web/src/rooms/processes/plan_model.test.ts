import { expect, it } from "vitest";
import type { Decided } from "./api";
import { days, fitting, lateness, reasons } from "./plan_model";

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
