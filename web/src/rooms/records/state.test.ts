import { expect, it } from "vitest";
import type { Form } from "@/rooms/forms";
import forms from "../../../dev/forms.json";
import { addUp, defaultColumns, defaultSort, readState, usualColumns, writeState } from "./state";

const raw = (forms as unknown as (Form & { form: string })[]).find((f) => f.form === "contract") as Form;
const contract: Form = { ...raw, key: "contract", may: [], collections: [] };

it("starts with the name, the card's fields and the days left behind their date", () => {
  const columns = defaultColumns(contract);
  expect(columns[0]).toBe("number");
  expect(columns).toContain("customer");
  expect(columns.indexOf("days_left")).toBe(columns.indexOf("end_date") + 1);
  expect(columns.length).toBeLessThanOrEqual(9);
});

it("sorts by the end date, never by the days left", () => {
  expect(defaultSort(contract)).toEqual([{ field: "end_date", descending: false }]);
});

it("writes only what differs from the default, and reads it back", () => {
  const params = writeState(new URLSearchParams(), contract, {
    filter: 'status = "pending"',
    sort: [{ field: "amount", descending: true }],
    columns: defaultColumns(contract),
    open: 12,
  });
  expect(params.get("c")).toBeNull();
  const state = readState(params, contract);
  expect(state.filter).toBe('status = "pending"');
  expect(state.sort).toEqual([{ field: "amount", descending: true }]);
  expect(state.open).toBe(12);
  expect(writeState(params, contract, { open: null }).get("open")).toBeNull();
});

it("opens an old link whose column is gone", () => {
  expect(readState(new URLSearchParams("c=gone,amount&s=-gone"), contract).columns).toEqual(["amount"]);
  expect(readState(new URLSearchParams("s=-gone"), contract).sort).toEqual(defaultSort(contract));
});

it("adds amounts exactly", () => {
  expect(addUp(["0.10", "0.20", null, "-0.05", "12345678901234.5"])).toBe("12345678901234.75");
  expect(addUp([])).toBe("0.00");
});

it("shows the score of the record it belongs to, behind its status", () => {
  const customer = { ...(forms as unknown as (Form & { form: string })[]).find((f) => f.form === "customer") } as Form;
  const columns = usualColumns(contract, [contract, { ...customer, key: "customer" }]);
  expect(columns[columns.indexOf("status") + 1]).toBe("customer.health_score");
  expect(usualColumns(contract, [contract])).toEqual(defaultColumns(contract));
});

it("keeps the part of the open record in the address, and forgets it with the record", () => {
  const open = writeState(new URLSearchParams(), contract, { open: 12, tab: "history" });
  expect(readState(open, contract)).toMatchObject({ open: 12, tab: "history" });
  const closed = writeState(open, contract, { open: null });
  expect(closed.get("tab")).toBeNull();
});
