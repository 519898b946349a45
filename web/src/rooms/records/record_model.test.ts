import { describe, expect, it } from "vitest";
import type { Field, Form } from "@/rooms/forms";
import {
  changed,
  inOrder,
  merged,
  missing,
  reachedBy,
  readStale,
  toSend,
  typedDate,
  typedNumber,
  undecided,
} from "./record_model";

const field = (key: string, kind: Field["kind"], more: Partial<Field> = {}): Field => ({
  key,
  label: key,
  kind,
  ...more,
});
const form: Form = {
  key: "contract",
  label: "续费合同",
  noun: "份",
  title: "number",
  may: [],
  collections: [],
  fields: [
    field("customer", "relation", { to: "customer", required: true }),
    field("amount", "money"),
    field("rate", "percent"),
    field("status", "select", { required: true, default: '"pending"' }),
    field("note", "text"),
  ],
};

describe("what is sent", () => {
  it("is only what differs from what was read", () => {
    const base = { amount: "100.00", note: null, customer: { id: 3, label: "甲" } };
    expect(changed(base, { amount: "100.00", note: "", customer: { id: 4, label: "乙" } })).toEqual({
      customer: { id: 4, label: "乙" },
    });
  });
  it("names a reference by its id and blanks as null", () => {
    expect(toSend(form, { customer: { id: 4, label: "乙" }, note: "", amount: "12万" })).toEqual({
      customer: 4,
      note: null,
      amount: "120000",
    });
  });
});

describe("numbers as people type them", () => {
  it.each([
    ["12万", "120000"],
    ["1.5亿", "150000000"],
    ["￥1,234.50", "1234.50"],
    ["１２０", "120"],
    ["-3", "-3"],
    ["0.5万", "5000"],
  ])("%s is %s", (typed, expected) => {
    expect(typedNumber(typed)).toBe(expected);
  });
  it("takes a percent as a ratio", () => {
    expect(typedNumber("15", true)).toBe("0.15");
    expect(typedNumber("15%")).toBe("0.15");
    expect(typedNumber("-2.5", true)).toBe("-0.025");
  });
  it("leaves words for the server to refuse", () => {
    expect(typedNumber("面议")).toBe("面议");
  });
});

it("misses required fields without a default only", () => {
  expect(missing(form.fields, {})).toEqual(["customer"]);
});

describe("two people changed one record", () => {
  const stale = readStale({
    version: 5,
    who: "何知远",
    at: "14:22",
    mergeable: false,
    fields: {
      amount: { label: "合同金额", base: "1", theirs: "2", mine: "3", sent: true, both: true },
      note: { label: "备注", base: null, theirs: null, mine: "x", sent: true, both: false },
      status: { label: "续费状态", base: "a", theirs: "b", mine: null, sent: false, both: false },
    },
  });
  it("asks only for fields that both changed", () => {
    expect(undecided(stale, {})).toEqual(["amount"]);
  });
  it("keeps mine where chosen, theirs otherwise, and what only I touched", () => {
    const mine = { amount: "3", note: "x" };
    expect(merged(stale, mine, { amount: "mine" })).toEqual({ amount: "3", note: "x" });
    expect(merged(stale, mine, { amount: "theirs" })).toEqual({ note: "x" });
  });
});

it("takes a date as people write it", () => {
  for (const text of ["2026年3月1日", "2026/3/1", "2026.03.01", " 20260301 ", "２０２６－３－１"])
    expect(typedDate(text)).toBe("2026-03-01");
  for (const text of ["3/1", "明天", "1/2/2026"]) expect(typedDate(text)).toBe(text);
});

describe("what belongs to a record", () => {
  const forms = [
    {
      key: "customer",
      collections: [
        { key: "tickets", form: "ticket", field: "customer" },
        { key: "usages", form: "usage", field: "customer" },
        { key: "contracts", form: "contract", field: "customer" },
      ],
      overview: { terms: { of: "contracts" }, stream: ["tickets", "contracts", "contracts.payments", "tickets.notes"] },
    },
    { key: "contract", collections: [{ key: "payments", form: "payment", field: "contract" }] },
    { key: "payment", collections: [] },
    { key: "ticket", collections: [] },
  ] as unknown as Form[];
  const [customer] = forms as [Form];
  it("stands in the order of the overview, terms first", () => {
    expect(inOrder(customer).map((c) => c.key)).toEqual(["contracts", "tickets", "usages"]);
  });
  it("is reached through others by the path that leads back", () => {
    expect(reachedBy(customer, forms).map(({ key, path }) => [key, path])).toEqual([
      ["contracts.payments", "contract.customer"],
    ]);
  });
});
