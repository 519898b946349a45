import { describe, expect, it } from "vitest";
import type { Field, Form } from "@/rooms/forms";
import { parse } from "../../../dev/formula";
import { type Condition, type Group, named, print } from "./conditions";
import { fromTree } from "./conditions_tree";

const field = (key: string, kind: Field["kind"], more: Partial<Field> = {}): Field => ({
  key,
  label: key,
  kind,
  ...more,
});
const customer: Form = {
  key: "customer",
  label: "客户",
  noun: "家",
  title: "name",
  may: [],
  collections: [],
  fields: [field("name", "text"), field("health_score", "formula", { type: "number" })],
};
const contract: Form = {
  key: "contract",
  label: "续费合同",
  noun: "份",
  title: "number",
  may: [],
  collections: [],
  fields: [
    field("customer", "relation", { to: "customer" }),
    field("number", "auto_number"),
    field("amount", "money"),
    field("end_date", "date"),
    field("status", "select"),
    field("owner", "person"),
    field("open", "formula", { type: "yes_no" }),
  ],
};
const names = named(contract, [contract, customer]);
const titles = () => "name";
const text = (group: Group) => print(group, names, titles);
const rows = (formula: string) => fromTree(parse(formula), names, titles);
const and = (...items: (Condition | Group)[]): Group => ({ join: "and", items });

describe("rows become a formula", () => {
  it("writes each operator as a business person would", () => {
    expect(text(and({ path: "amount", op: "gte", value: "30,000" }))).toBe("amount >= 30000");
    expect(text(and({ path: "status", op: "not_in", value: ["lost", "renewed"] }))).toBe(
      'NOT(IN(status, "lost", "renewed"))',
    );
    expect(text(and({ path: "end_date", op: "next_days", value: "60" }))).toBe(
      "AND(end_date >= TODAY(), end_date <= TODAY() + 60)",
    );
    expect(text(and({ path: "end_date", op: "before", value: "2026-03-01" }))).toBe("end_date < DATE(2026, 3, 1)");
    expect(text(and({ path: "owner", op: "in", value: ["lin"] }))).toBe('owner.account = "lin"');
    expect(text(and({ path: "customer", op: "contains", value: "厦门" }))).toBe('CONTAINS(customer.name, "厦门")');
  });
  it("doubles a quote inside a text, so that no text can leave its place", () => {
    expect(text(and({ path: "number", op: "is", value: 'a" = "" OR "' }))).toBe('number = "a"" = """" OR """');
  });
  it("leaves unfinished rows out", () => {
    expect(text(and({ path: "amount", op: "gte", value: "" }, { path: "open", op: "true", value: "" }))).toBe("open");
    expect(text(and())).toBe("");
  });
});

describe("a formula becomes rows and means the same", () => {
  it.each([
    "amount >= 30000",
    "AND(open, end_date <= TODAY() + 60)",
    'AND(NOT(IN(status, "lost", "renewed")), end_date >= DATE(2026, 1, 5))',
    "AND(AND(end_date >= TODAY(), end_date <= TODAY() + 30), OR(amount >= 30000, customer.health_score < 60))",
    'OR(status = "pending", ISBLANK(status))',
    'CONTAINS(customer.name, "厦门")',
    "AND(end_date > EOMONTH(TODAY(), -1), end_date <= EOMONTH(TODAY(), 0))",
    "AND(end_date >= TODAY() - 30, end_date < TODAY())",
    'owner.account <> "lin"',
    "NOT(open)",
    "AND(open, end_date < TODAY())",
  ])("%s", (formula) => {
    const found = rows(formula);
    expect(found).not.toBeNull();
    expect(text(found as Group)).toBe(formula);
  });
  it("reads two bounds side by side as one span", () => {
    const found = rows("AND(open, end_date >= TODAY(), end_date <= TODAY() + 60)");
    expect(found?.items[1]).toEqual({ path: "end_date", op: "next_days", value: "60" });
    expect(found?.items).toHaveLength(2);
  });
  it.each([
    "amount * 2 > 3",
    "DAYS(end_date, TODAY()) <= 30",
    "AND(open, OR(open, AND(open, open)))",
    "amount >= end_date",
  ])("%s stays text", (formula) => {
    expect(rows(formula)).toBeNull();
  });
});
