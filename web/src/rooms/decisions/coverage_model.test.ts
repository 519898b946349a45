import { expect, test } from "vitest";
import { fields, kindOf } from "./coverage_model";

test("neighbours with the same rows are one field, every place is in exactly one", () => {
  const rules = [
    [[1], [1], [2]],
    [[1], [1], []],
    [[3], [1], []],
  ];
  const found = fields(rules);
  expect(found).toEqual([
    { x: 0, y: 0, wide: 2, high: 2, rules: [1] },
    { x: 2, y: 0, wide: 1, high: 1, rules: [2] },
    { x: 2, y: 1, wide: 1, high: 2, rules: [] },
    { x: 0, y: 2, wide: 1, high: 1, rules: [3] },
    { x: 1, y: 2, wide: 1, high: 1, rules: [1] },
  ]);
  expect(found.reduce((sum, one) => sum + one.wide * one.high, 0)).toBe(9);
});

test("two rows at once are an overlap unless the policy takes several", () => {
  expect([kindOf([], false), kindOf([1, 2], false), kindOf([1, 2], true), kindOf([4], false)]).toEqual([
    "gap",
    "over",
    "one",
    "one",
  ]);
});
