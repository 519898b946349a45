import { expect, it } from "vitest";
import type { Form } from "./api";
import { type FormTree, layoutOf, moved, nudged, without } from "./form_tree";
import { columnsOf, freeNames, join, partAt, partChanged, split, subTableAdded } from "./sub_tables";

const quote: FormTree = {
  form: "quote",
  label: "报价单",
  fields: [
    { key: "number", label: "编号", kind: "text" },
    { key: "total", label: "合计", kind: "formula", formula: "SUM(items.amount)" },
  ],
};
const drawn = (tree = quote) =>
  subTableAdded(tree, { tab: 0, section: 0, cell: 1 }, freeNames(tree, []), (word) => word);
const cells = (tree: FormTree) => layoutOf(tree)[0]?.sections[0]?.cells.map((c) => c.field ?? `(${c.sub_table})`);

it("a sub-table stands at its place, with columns, and knows the record that its rows live in", () => {
  const tree = drawn();
  expect(cells(tree)).toEqual(["number", "(items)", "total"]);
  const part = partAt(tree, "items");
  expect(part).toMatchObject({ form: "quote_items", within: "quote" });
  expect(part && columnsOf(part).map((c) => c.kind)).toEqual(["text", "number", "money"]);
  expect(part?.fields.at(-1)).toMatchObject({ kind: "relation", to: "quote", reverse: "items", required: true });
});

it("is kept apart from its form and put together again", () => {
  const tree = drawn();
  const { own, parts } = split(tree);
  expect(own).not.toHaveProperty("parts");
  expect(Object.keys(parts)).toEqual(["quote_items"]);
  expect(join(own, parts)).toEqual(tree);
  expect(join(quote, {})).toBe(quote);
});

it("gives a second one names of its own, also beside lists and forms that are published", () => {
  expect(freeNames(drawn(), [])).toEqual({ collection: "items_2", key: "quote_items_2" });
  const published = [
    { key: "quote", collections: [{ key: "items", form: "x", field: "y" }] },
    { key: "quote_items_2", collections: [] },
  ] as unknown as Form[];
  expect(freeNames(quote, published).collection).toBe("items_3");
});

it("moves as a field does, and goes with its columns", () => {
  const tree = drawn();
  expect(cells(moved(tree, "items", { tab: 0, section: 0, cell: 0 }))).toEqual(["(items)", "number", "total"]);
  expect(cells(nudged(tree, "items", "right"))).toEqual(["number", "total", "(items)"]);
  expect(without(tree, "items")).toEqual(quote);
});

it("changes in its own tree alone", () => {
  const tree = partChanged(drawn(), "quote_items", (part) => ({ ...part, label: "报价明细" }));
  expect(partAt(tree, "items")?.label).toBe("报价明细");
  expect(split(tree).own).toEqual(split(drawn()).own);
  expect(partChanged(tree, "nothing", () => quote)).toBe(tree);
});
