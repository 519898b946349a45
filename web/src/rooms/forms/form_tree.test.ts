import { expect, it } from "vitest";
import {
  added,
  changed,
  type FormTree,
  fieldAt,
  laidOut,
  lastSpot,
  layoutOf,
  moved,
  nudged,
  put,
  rekeyed,
  renamedIn,
  without,
} from "./form_tree";

const contract: FormTree = {
  form: "contract",
  label: "续费合同表",
  title: "number",
  card: ["number", "amount"],
  unique: [["number", "amount"]],
  fields: [
    { key: "number", label: "合同编号", kind: "text" },
    { key: "amount", label: "合同金额", kind: "money" },
    { key: "end_date", label: "合同结束日期", kind: "date" },
    { key: "left", label: "剩余天数", kind: "formula", formula: "DAYS(end_date, TODAY())" },
  ],
};
const keysOf = (tree: FormTree) => tree.fields.map((f) => f.key);
const note = { key: "note", label: "年审特殊要求", kind: "long_text" } as const;

it("adds a field where it was dropped, without a layout as long as the order says everything", () => {
  const tree = added(contract, note, { tab: 0, section: 0, cell: 1 });
  expect(keysOf(tree)).toEqual(["number", "note", "amount", "end_date", "left"]);
  expect(tree.layout).toBeUndefined();
});

it("names the records of a new form by its first text", () => {
  const empty: FormTree = { form: "customer", label: "客户信息表", fields: [] };
  const one = added(empty, { key: "size", label: "规模", kind: "number" }, lastSpot(layoutOf(empty), 0));
  expect(one.title).toBeUndefined();
  expect(added(one, { key: "name", label: "客户名称", kind: "text" }, lastSpot(layoutOf(one), 0)).title).toBe("name");
});

it("writes sections as rows of as many cells as they have columns", () => {
  const tree = laidOut(contract, (tabs) => {
    const section = tabs[0]?.sections[0];
    if (!section) return;
    section.label = "合同信息";
    section.columns = 3;
    const wide = section.cells[1];
    if (wide) wide.span = 2;
  });
  expect(tree.layout).toEqual([
    {
      sections: [
        {
          section: "合同信息",
          columns: 3,
          rows: [
            ["number", { field: "amount", span: 2 }],
            ["end_date", "left"],
          ],
        },
      ],
    },
  ]);
  expect(keysOf(tree)).toEqual(keysOf(contract));
});

it("moves a field to the place before which it was dropped", () => {
  expect(keysOf(moved(contract, "number", { tab: 0, section: 0, cell: 3 }))).toEqual([
    "amount",
    "end_date",
    "number",
    "left",
  ]);
  expect(keysOf(moved(contract, "left", { tab: 0, section: 0, cell: 0 }))).toEqual([
    "left",
    "number",
    "amount",
    "end_date",
  ]);
});

it("moves a field by arrow keys: sideways by one, up and down by a row", () => {
  expect(keysOf(nudged(contract, "number", "right"))).toEqual(["amount", "number", "end_date", "left"]);
  expect(keysOf(nudged(contract, "number", "down"))).toEqual(["amount", "end_date", "number", "left"]);
  expect(keysOf(nudged(contract, "left", "up"))).toEqual(["number", "left", "amount", "end_date"]);
});

it("takes a field away from title, card and unique groups too", () => {
  const tree = without(contract, "number");
  expect([tree.title, tree.card, tree.unique]).toEqual([undefined, ["amount"], undefined]);
  expect(keysOf(tree)).toEqual(["amount", "end_date", "left"]);
});

it("renames a key in formulas, but not in texts, in other forms' fields or in longer words", () => {
  expect(renamedIn('IF(end_date > x.end_date, "end_date", end_date_2)', "end_date", "ends")).toBe(
    'IF(ends > x.end_date, "end_date", end_date_2)',
  );
  expect(renamedIn("customer.name & name", "customer", "client")).toBe("client.name & name");
});

it("follows a new key everywhere in the form", () => {
  const laid = laidOut(contract, (tabs) => {
    const section = tabs[0]?.sections[0];
    if (section) section.label = "合同";
  });
  const tree = rekeyed(rekeyed(laid, "end_date", "ends"), "number", "no");
  expect(tree.fields[3]?.formula).toBe("DAYS(ends, TODAY())");
  expect([tree.title, tree.card, tree.unique]).toEqual(["no", ["no", "amount"], [["no", "amount"]]]);
  expect(tree.layout?.[0]?.sections[0]?.rows).toEqual([
    ["no", "amount"],
    ["ends", "left"],
  ]);
});

it("drops attributes that say nothing", () => {
  const tree = changed(contract, "amount", { required: false, note: "", label_en: "Amount" });
  expect(tree.fields[1]).toEqual({ key: "amount", label: "合同金额", kind: "money", label_en: "Amount" });
});

it("finds the field of a problem by number and by key, and mends it in one click", () => {
  expect(fieldAt(contract, "contract.fields[3].formula")).toMatchObject({
    field: { key: "left" },
    attribute: "formula",
  });
  expect(fieldAt(contract, "fields.amount")).toMatchObject({ field: { key: "amount" }, attribute: "" });
  expect(fieldAt(contract, "title")).toBeNull();
  expect(put(contract, "fields[3].formula", "1").fields[3]?.formula).toBe("1");
});
