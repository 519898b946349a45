import { describe, expect, it } from "vitest";
import type { Form } from "@/rooms/forms";
import { behind } from "./drill";

const form = {
  key: "customer",
  collections: [
    { key: "contracts", form: "contract", field: "customer" },
    { key: "tickets", form: "ticket", field: "customer" },
  ],
} as unknown as Form;

describe("what stands behind a figure", () => {
  it("keeps the condition of the figure, so that list and figure agree", () => {
    expect(behind(form, 'COUNTIF(tickets, AND(state <> "a,b", state <> "closed"))', 7)).toEqual({
      form: "ticket",
      filter: 'AND(customer = 7, AND(state <> "a,b", state <> "closed"))',
    });
    expect(behind(form, "SUMIF(contracts, open, amount)", 7)?.filter).toBe("AND(customer = 7, open)");
  });
  it("is all of the collection without a condition", () => {
    expect(behind(form, "SUM(contracts.paid_amount)", 7)).toEqual({ form: "contract", filter: "customer = 7" });
  });
  it("is nothing for a figure of something else", () => {
    expect(behind(form, "amount * 2", 7)).toBeNull();
    expect(behind(form, "SUM(contracts.amount) / SUM(contracts.paid)", 7)).toBeNull();
    expect(behind(form, "COUNT(usages)", 7)).toBeNull();
    expect(behind(form, null, 7)).toBeNull();
  });
});
