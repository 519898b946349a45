import { expect, it } from "vitest";
import {
  cellAt,
  cellOf,
  choicesFrom,
  cleared,
  columnAdded,
  columnRemoved,
  columnSet,
  copied,
  type DecisionTree,
  freeKey,
  inserted,
  moved,
  ordered,
  pasted,
  removed,
  told,
} from "./model";

const tree: DecisionTree = {
  decision: "d",
  label: "折扣",
  policy: "U",
  inputs: [
    { key: "rate", label: "折扣", kind: "percent" },
    { key: "amount", label: "金额", kind: "money" },
  ],
  outputs: [{ key: "who", label: "审批人", kind: "text" }],
  rules: [
    { when: ["< 5%", "-"], give: ["甲"] },
    { when: [">= 5%", "< 100"], give: ["乙"], note: "小" },
    { when: [">= 5%", ">= 100"], give: ["丙"] },
  ],
};
const rows = (one: DecisionTree) => one.rules.map((rule) => [...rule.when, ...rule.give, rule.note ?? ""].join("|"));

it("writes a pasted block from a cell on and adds the rows that are missing", () => {
  const done = pasted(tree, { row: 2, column: 1 }, [
    [">= 200", "丁", "注", "beyond"],
    ["-", "戊"],
  ]);
  expect(rows(done)).toEqual(["< 5%|-|甲|", ">= 5%|< 100|乙|小", ">= 5%|>= 200|丁|注", "-|-|戊|"]);
  expect(tree.rules).toHaveLength(3);
});

it("copies and clears a range: a condition without a text holds for any value", () => {
  const range = ordered({ row: 1, column: 3 }, { row: 0, column: 1 });
  expect(copied(tree, range)).toEqual([
    ["-", "甲", ""],
    ["< 100", "乙", "小"],
  ]);
  expect(rows(cleared(tree, range)).slice(0, 2)).toEqual(["< 5%|-||", ">= 5%|-||"]);
});

it("inserts, removes and moves rows, and stops at the edges", () => {
  expect(rows(inserted(tree, 1))[1]).toBe("-|-||");
  expect(rows(removed(tree, 0, 1))).toEqual([">= 5%|>= 100|丙|"]);
  expect(moved(tree, 0, 1, 1).rules.map((rule) => rule.give[0])).toEqual(["丙", "甲", "乙"]);
  expect(moved(tree, 1, 2, -1).rules.map((rule) => rule.give[0])).toEqual(["乙", "丙", "甲"]);
  expect(moved(tree, 0, 0, -1)).toBe(tree);
  expect(moved(tree, 2, 2, 1)).toBe(tree);
});

it("keeps rules and the answer without a hit as wide as the columns", () => {
  const with_answer = { ...tree, otherwise: ["己"] };
  const wider = columnAdded(with_answer, "outputs", { key: "days", label: "时限", kind: "number" });
  expect(wider.otherwise).toEqual(["己", ""]);
  expect(wider.rules[0]).toEqual({ when: ["< 5%", "-"], give: ["甲", ""] });
  expect(rows(columnRemoved(wider, "inputs", 0))[1]).toBe("< 100|乙||小");
  expect(columnRemoved(wider, "outputs", 0).otherwise).toEqual([""]);
  expect(freeKey(tree, "inputs")).toBe("input_3");
});

it("takes away what a column is set to nothing, and keeps the keys of choices", () => {
  const set = columnSet(tree, "inputs", 0, { least: "0%", optional: true });
  expect(columnSet(set, "inputs", 0, { least: "", optional: undefined as never }).inputs[0]).toEqual(tree.inputs[0]);
  expect(choicesFrom("高\n 低 \n\n高", [{ key: "h", label: "高" }])).toEqual([
    { key: "h", label: "高" },
    { key: "低", label: "低" },
  ]);
});

it("writes a range that ends before its right end as people do, and nothing else", () => {
  expect(["[18%..20%)", "[0..500000)", "(1..2)", "[1..2]", "[1..2), null", "< 5"].map(told)).toEqual([
    "18%–20%",
    "0–500000",
    "(1..2)",
    "[1..2]",
    "[1..2), null",
    "< 5",
  ]);
  expect(told("[0.5..1.25)")).toBe("0.5–1.25");
});

it("finds the cell of a problem", () => {
  expect(cellAt(tree, "rules[1].give[0]")).toEqual({ row: 1, column: 2 });
  expect(cellAt(tree, "rules[9]")).toEqual({ row: 2, column: 0 });
  expect(cellAt(tree, "inputs[0].least")).toBeNull();
  expect(cellOf(tree, { row: 1, column: 3 })).toBe("小");
});
