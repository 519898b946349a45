import { expect, it } from "vitest";
import {
  type Choice,
  freshRow,
  type Group,
  type Operators,
  type Row,
  replaced,
  said,
  size,
  withOperator,
} from "./conditions";

const operator = (key: string, takes: "none" | "one" | "many" | "days" = "one") => ({ key, zh: key, en: key, takes });
const OPERATORS: Operators = {
  money: [operator("eq"), operator("ge"), operator("blank", "none")],
  date: [operator("eq"), operator("next_days", "days")],
  select: [operator("eq"), operator("in", "many"), operator("blank", "none")],
};
const row = (kind: string, op: string, value: Row["value"]): Row => ({ path: [kind], op, value, kind });
const and = (...rows: Group["rows"]): Group => ({ join: "and", rows });

it("leaves out what is not finished, and groups in which nothing is", () => {
  const whole = and(
    row("money", "ge", "30000"),
    row("money", "ge", ""),
    row("money", "ge", "三万"),
    row("money", "blank", null),
    row("date", "next_days", 0),
    row("date", "next_days", 30),
    row("date", "eq", { today: 0 }),
    row("select", "in", []),
    { join: "or", rows: [row("select", "eq", null)] },
  );
  expect(said(whole, OPERATORS).rows).toEqual([
    row("money", "ge", "30000"),
    row("money", "blank", null),
    row("date", "next_days", 30),
    row("date", "eq", { today: 0 }),
  ]);
});

it("keeps a value that the next operator can take", () => {
  const one = row("select", "eq", "pending");
  expect(withOperator(one, "in", OPERATORS).value).toEqual(["pending"]);
  expect(withOperator(withOperator(one, "in", OPERATORS), "eq", OPERATORS).value).toBe("pending");
  expect(withOperator(one, "blank", OPERATORS).value).toBeNull();
  expect(withOperator(row("date", "eq", "2026-01-01"), "next_days", OPERATORS).value).toBeNull();
});

it("begins a row with the first operator of its kind and nothing to compare with", () => {
  const choice: Choice = { path: ["customer", "status"], label: "客户 · 状态", kind: "select" };
  expect(freshRow(choice, OPERATORS)).toEqual({ path: ["customer", "status"], op: "eq", value: null, kind: "select" });
});

it("takes a group away with its last row", () => {
  const whole = and(row("money", "eq", "1"), { join: "or", rows: [row("money", "eq", "2")] });
  expect(size(whole)).toBe(2);
  expect(replaced(whole, 1, { join: "or", rows: [] }).rows).toHaveLength(1);
  expect(replaced(whole, 0, null).rows).toHaveLength(1);
});
