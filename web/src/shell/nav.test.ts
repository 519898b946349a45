import { expect, it } from "vitest";
import type { Form } from "@/rooms/forms";
import { activeEntry, navigation } from "./nav";

const form = (key: string): Form => ({
  key,
  label: key,
  noun: "份",
  title: "name",
  fields: [],
  collections: [],
  may: ["create"],
});
const seen = { granted: [], forms: [form("customer"), form("contract")], dashboards: [] };

it("shows a salesperson no design and no system group", () => {
  expect(navigation(seen).map((g) => g.key)).toEqual(["work", "business", "insight"]);
});

it("has no entry for a sub-table, whose rows are opened in their record", () => {
  const groups = navigation({ ...seen, forms: [...seen.forms, { ...form("items"), within: "contract" }] });
  expect(groups.find((g) => g.key === "business")?.entries.map((e) => e.key)).toEqual([
    "form.customer",
    "form.contract",
  ]);
});

it("shows an administrator every group", () => {
  const groups = navigation({ ...seen, granted: ["design", "import", "release"] });
  expect(groups.map((g) => g.key)).toEqual(["work", "business", "insight", "design", "system"]);
});

it("opens an entry only where its menu grants it", () => {
  const groups = navigation({ ...seen, granted: ["import"] });
  expect(groups.find((g) => g.key === "system")?.entries.map((e) => e.key)).toEqual(["import"]);
});

it("counts what waits for a decision apart from the tasks", () => {
  const [work] = navigation({ ...seen, tasks: 8, approvals: 2 });
  expect(work?.entries.map((e) => [e.key, e.badge])).toEqual([
    ["home", undefined],
    ["tasks", 8],
    ["approvals", 2],
  ]);
});

it("marks the list's entry while one of its records is open", () => {
  const groups = navigation(seen);
  expect(activeEntry(groups, "/r/contract/12")).toBe("form.contract");
  expect(activeEntry(groups, "/r/contracts")).toBeUndefined();
});
