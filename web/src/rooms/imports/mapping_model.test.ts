import { expect, it } from "vitest";
import type { Field, Form } from "@/rooms/forms";
import type { Mapping } from "./api";
import { addTarget, place, removeTarget, setSource, sourceOf, unfilled } from "./mapping_model";

const field = (key: string, kind: Field["kind"], more: Partial<Field> = {}): Field => ({
  key,
  label: key,
  kind,
  ...more,
});
const customerOf = field("customer", "relation", { to: "customer", required: true });
const number = field("number", "text");
const end = field("end_date", "date", { required: true });
const contract: Form = {
  key: "contract",
  label: "续费合同",
  noun: "份",
  title: "number",
  may: [],
  collections: [],
  fields: [customerOf, number, end, field("days_left", "formula")],
};
const customer: Form = {
  ...contract,
  key: "customer",
  title: "name",
  fields: [field("name", "text", { required: true })],
};
const start: Mapping = {
  targets: [
    {
      form: "contract",
      key: ["number"],
      mode: "upsert",
      fields: [
        { field: "customer", column: "客户", match: "name", create: true },
        { field: "number", column: "合同号" },
      ],
      sure: { number: 0.9, customer: 0.7 },
    },
  ],
};

it("fills a field by a formula over the columns and is no longer a guess", () => {
  const next = setSource(start, 0, number, { kind: "formula", formula: 'customerID & "-1"' }, null);
  const target = next.targets[0];
  expect(target && sourceOf(target, "number")).toEqual({ kind: "formula", formula: 'customerID & "-1"' });
  expect(target?.sure?.number).toBeUndefined();
  expect(target?.key).toEqual(["number"]);
});

it("drops a key whose field is not filled any more", () => {
  expect(setSource(start, 0, number, { kind: "none" }, null).targets[0]?.key).toEqual([]);
});

it("feeds a second form from the same rows, which stands first, and takes it back", () => {
  const two = addTarget(start, 0, customerOf, customer);
  expect(two.targets.map((t) => t.form)).toEqual(["customer", "contract"]);
  expect(two.targets[0]?.fields).toEqual([{ field: "name", column: "客户" }]);
  expect(two.targets[1]?.fields).toContainEqual({ field: "customer", from: "customer" });
  const one = removeTarget(two, 0);
  expect(one.targets[0]?.fields.some((f) => f.field === "customer")).toBe(false);
});

it("names required fields that nothing fills", () => {
  const target = start.targets[0];
  expect(target && unfilled(target, contract).map((f) => f.key)).toEqual(["end_date"]);
  expect(target && unfilled({ ...target, mode: "update" }, contract)).toEqual([]);
});

it("finds the field that an error's path means", () => {
  expect(place("targets[0].fields[1].formula", start)).toEqual({ target: 0, field: "number" });
  expect(place("targets[0].key", start)).toEqual({ target: 0, field: null });
  expect(place("date_order.x", start)).toBeNull();
});
