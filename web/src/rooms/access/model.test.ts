import { expect, it } from "vitest";
import {
  cellChanged,
  changesOf,
  grantOf,
  inWords,
  levelOf,
  mostHeldFirst,
  range,
  sameTree,
  type Tree,
  withLevels,
  withRight,
} from "./model";

const tree: Tree = {
  role: "csm",
  label: "客户成功经理",
  forms: {
    customer: { rows: "own", rights: ["read", "update"], fields: { "*": "write", phone: "masked" } },
    "*": { rows: "all", rights: ["read"], fields: { "*": "read" } },
  },
};
const none = new Set<string>();

it("takes the words for every form where a role names none", () => {
  expect(grantOf(tree, "contract")?.rows).toBe("all");
  expect(grantOf({ ...tree, forms: {} }, "contract")).toBeNull();
});

it("gives a form words of its own with the first change", () => {
  const next = withRight(tree, "contract", "update", true);
  expect(next.forms?.contract).toEqual({ rows: "all", rights: ["read", "update"], fields: { "*": "read" } });
  expect(cellChanged(tree, next, "contract")).toBe(true);
  expect(cellChanged(tree, next, "customer")).toBe(false);
});

it("takes every right away with reading, and gives reading with any", () => {
  expect(withRight(tree, "customer", "read", false).forms?.customer?.rights).toEqual([]);
  const none: Tree = { role: "x", label: "x" };
  expect(withRight(none, "customer", "create", true).forms?.customer?.rights).toEqual(["read", "create"]);
});

it("names only fields that differ from the rest", () => {
  expect(withLevels(tree, "customer", ["phone", "name"], "write", none).forms?.customer?.fields).toEqual({
    "*": "write",
  });
  expect(withLevels(tree, "customer", ["name"], "hidden", none).forms?.customer?.fields?.name).toBe("hidden");
});

it("never lets a computed field be written, and keeps it named once it was decided", () => {
  const next = withLevels(tree, "contract", ["score"], "write", new Set(["score"]));
  expect(next.forms?.contract?.fields).toEqual({ "*": "read", score: "read" });
  expect(levelOf(grantOf(tree, "customer"), "score", true)).toBe("read");
});

it("selects a range both ways", () => {
  expect(range(["a", "b", "c", "d"], "c", "a")).toEqual(["a", "b", "c"]);
  expect(range(["a", "b"], null, "b")).toEqual(["b"]);
});

it("knows a tree that says the same", () => {
  expect(sameTree(tree, { ...tree, may: [], landing: "" })).toBe(true);
  expect(sameTree(tree, { ...tree, may: ["import"] })).toBe(false);
});

it("a condition reads in the names that people know, and its texts stay", () => {
  const forms = [
    {
      key: "contract",
      fields: [
        { key: "customer", label: "关联客户", to: "customer" },
        { key: "owner", label: "负责人" },
      ],
    },
    { key: "customer", fields: [{ key: "csm", label: "客户成功经理" }] },
  ];
  const read = (text: string) => inWords(text, "contract", forms, (f) => f.label);
  expect(read("customer.csm = ME()")).toBe("[关联客户].[客户成功经理] = ME()");
  expect(read('OR(owner = ME(), customer.name = "owner")')).toBe('OR([负责人] = ME(), [关联客户].name = "owner")');
  expect(read("owner.department = 3")).toBe("[负责人].department = 3");
});

it("the roles that most people hold come first, the others as they were", () => {
  const held = [
    ["admin", 1],
    ["csm", 10],
    ["legal", 1],
  ].map(([key, holders]) => ({ key, holders: Number(holders) }));
  expect(mostHeldFirst(held).map((one) => one.key)).toEqual(["csm", "admin", "legal"]);
});

it("tells what a draft changes, the level of every field that it names and no other", () => {
  const forms = [
    {
      key: "customer",
      fields: [
        { key: "phone", kind: "phone" },
        { key: "name", kind: "text" },
        { key: "score", kind: "formula" },
      ],
    },
    { key: "contract", fields: [{ key: "amount", kind: "money" }] },
  ];
  const draft = withRight(
    withLevels(tree, "customer", ["phone", "score"], "write", new Set(["score"])),
    "contract",
    "update",
    true,
  );
  expect(changesOf(tree, { ...draft, may: ["import"] }, forms)).toEqual([
    { what: "may", before: [], after: ["import"] },
    { what: "field", form: "customer", field: "phone", before: "masked", after: "write" },
    { what: "rights", form: "contract", before: ["read"], after: ["read", "update"] },
  ]);
  expect(changesOf(tree, tree, forms)).toEqual([]);
});
