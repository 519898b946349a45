import { expect, it } from "vitest";
import { args, joined, split } from "./run";

it("reads the run of the shipped rule and writes it back as it was", () => {
  const text = 'HELD(health_score < 60, 2, "week")';
  const found = split(text);
  expect(found).toEqual({ run: { field: "health_score", op: "<", limit: "60", times: 2, period: "week" }, rest: "" });
  expect(found && joined(found.run, found.rest)).toBe(text);
});

it("keeps what stands besides the run", () => {
  const text = 'AND(HELD(health_score < 59.5, 3, "day"), OR(status = "a,b)", seats > 1))';
  const found = split(text);
  expect(found?.rest).toBe('OR(status = "a,b)", seats > 1)');
  expect(found && joined(found.run, found.rest)).toBe(text);
  const three = split('AND(HELD(a >= 1, 2, "week"), b = 1, c = 2)');
  expect(three?.rest).toBe("AND(b = 1, c = 2)");
});

it("leaves alone what is not such a run", () => {
  for (const text of [
    "",
    "a < 1",
    'HELD(a < b, 2, "week")',
    'HELD(a < 1, 2, "year")',
    'NOT(HELD(a < 1, 2, "week"))',
    'AND(HELD(a < 1, 2, "week")) OR b',
    'AND(b, HELD(a < 1, 2, "week"))',
  ])
    expect(split(text)).toBeNull();
});

it("cuts the arguments of one call around everything", () => {
  expect(args('AND(a, IF(b, "x, y", c), d)', "AND")).toEqual(["a", 'IF(b, "x, y", c)', "d"]);
  expect(args("AND(a) + AND(b)", "AND")).toBeNull();
});
