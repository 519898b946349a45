import { expect, it } from "vitest";
import type { Form } from "@/rooms/forms";
import forms from "../../../dev/forms.json";
import { views } from "./views";

const raw = (forms as unknown as (Form & { form: string })[]).find((f) => f.form === "contract") as Form;
const contract: Form = { ...raw, key: "contract", may: [], collections: [] };
const filter = (key: string, form = contract, today = "2026-11-21") =>
  views(form, "tang", today).find((v) => v.key === key)?.filter;

it("begins with what ends soon, this quarter, and late, of a form that counts down", () => {
  expect(filter("soon")).toBe("AND(open, end_date >= TODAY(), end_date <= TODAY() + 60)");
  expect(filter("quarter")).toBe('AND(end_date >= "2026-10-01", end_date < "2027-01-01")');
  expect(filter("quarter", contract, "2027-03-31")).toBe('AND(end_date >= "2027-01-01", end_date < "2027-04-01")');
  expect(filter("overdue")).toBe("AND(open, end_date < TODAY())");
});

it("offers none of them where no date counts down, and no late ones where nothing says that it is over", () => {
  const plain = { ...contract, fields: contract.fields.map((f) => ({ ...f, counts: null })) };
  expect(views(plain, "tang", "2026-11-21").map((v) => v.key)).toEqual(["all", "mine"]);
  const always = {
    ...contract,
    fields: contract.fields.map((f) => ({ ...f, counts: f.counts && { date: "end_date", during: null } })),
  };
  expect(filter("soon", always)).toBe("AND(end_date >= TODAY(), end_date <= TODAY() + 60)");
  expect(filter("overdue", always)).toBeUndefined();
});
