import { expect, it } from "vitest";
import { changed, type FormTree, without } from "./form_tree";
import { restored } from "./restored";

const current: FormTree = {
  form: "deal",
  label: "Deal",
  title: "name",
  owner: "owner",
  card: ["name", "amount"],
  unique: [["name", "amount"]],
  fields: [
    { key: "name", label: "Name", kind: "text" },
    { key: "amount", label: "Amount", kind: "money" },
    { key: "owner", label: "Owner", kind: "person" },
  ],
  layout: [
    { sections: [{ section: "A", rows: [["name", "amount"]] }] },
    { sections: [{ section: "B", rows: [[{ field: "owner", span: 2 }]] }] },
  ],
};

it("puts a removed field back with its place and all that the form said of it", () => {
  for (const key of ["name", "amount", "owner"]) expect(restored(without(current, key), current, key)).toEqual(current);
});

it("gives up what was drawn about a field and nothing else", () => {
  const drawn = changed(changed(current, "amount", { kind: "text", required: true }), "name", { label: "Title" });
  expect(restored(drawn, current, "amount")).toEqual(changed(current, "name", { label: "Title" }));
  expect(restored(drawn, current, "unknown")).toBe(drawn);
});

it("puts a field back where no layout was drawn", () => {
  const { layout: _, card: _c, unique: _u, ...plain } = current;
  expect(restored(without(plain, "amount"), plain, "amount")).toEqual(plain);
});
