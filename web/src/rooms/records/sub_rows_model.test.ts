import { expect, it } from "vitest";
import type { Form } from "@/rooms/forms";
import { added, type EditedRows, faultAt, sentRows, stored } from "./sub_rows_model";

const LINE = {
  key: "line",
  fields: [
    { key: "what", label: "品名", kind: "text" },
    { key: "price", label: "单价", kind: "money" },
  ],
} as unknown as Form;
const kept = stored({ id: 1, version: 3, what: "甲", price: "10.00" });
const rows: EditedRows = {
  lines: [
    kept,
    { ...stored({ id: 2, version: 1, what: "乙", price: null }), edits: { price: "1.2万" } },
    { ...stored({ id: 4, version: 2, what: "丙" }), gone: true },
    { ...added("new1"), gone: true },
    { ...added("new2"), edits: { what: "丁" } },
  ],
};

it("sends rows that were added, changed and taken away, and no others", () => {
  expect(sentRows(rows, () => LINE)).toEqual({
    lines: {
      create: [{ what: "丁" }],
      update: [{ id: 2, version: 1, values: { price: "12000" } }],
      delete: [{ id: 4, version: 2 }],
    },
  });
  expect(sentRows({ lines: [kept] }, () => LINE)).toBeUndefined();
});

it("finds the cell of a fault by what was sent", () => {
  const fault = { field: "lines.create[0].what", code: "records.required", text: "请填写品名" };
  expect(faultAt(rows, "lines", "new2", "what", [fault])).toBe(fault);
  expect(faultAt(rows, "lines", "new1", "what", [fault])).toBeUndefined();
  expect(faultAt(rows, "lines", "#2", "price", [{ ...fault, field: "lines.update[0].price" }])).toBeDefined();
});
