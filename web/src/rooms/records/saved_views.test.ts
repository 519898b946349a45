import { expect, it } from "vitest";
import type { Form } from "@/rooms/forms";
import forms from "../../../dev/forms.json";
import { differs, type SavedView, stateOf, treeOf } from "./saved_views";
import { defaultColumns, defaultSort, readState, writeState } from "./state";

const raw = (forms as unknown as (Form & { form: string })[]).find((f) => f.form === "contract") as Form;
const contract: Form = { ...raw, key: "contract", may: [], collections: [] };
const usual = defaultColumns(contract);
const board: SavedView = {
  id: 7,
  label: "状态看板",
  tree: {
    kind: "board",
    filter: "open",
    search: "",
    sort: [{ field: "amount", descending: true }],
    group: "status",
    columns: [
      { path: "number", width: 140, frozen: true },
      { path: "amount", width: null, frozen: false },
    ],
    colours: [
      { when: "amount > 1", level: "warn", field: "amount" },
      { when: 'number = "a~b"', level: "info", field: null },
    ],
  },
  roles: null,
  mine: true,
  default: false,
};

it("a view chosen becomes an address that a colleague without the view reads the same", () => {
  const params = writeState(new URLSearchParams(), contract, stateOf(board, contract, usual), usual);
  const state = readState(params, contract, usual);
  expect(treeOf(state)).toEqual(board.tree);
  expect(state.view).toBe(7);
  expect(differs(state, board, contract, usual)).toBe(false);
  expect(differs({ ...state, filter: "" }, board, contract, usual)).toBe(true);
  expect(differs({ ...state, columns: ["number"] }, board, contract, usual)).toBe(true);
  expect(differs({ ...state, widths: { number: 150 } }, board, contract, usual)).toBe(true);
  expect(differs({ ...state, frozen: [] }, board, contract, usual)).toBe(true);
  expect(differs({ ...state, colours: [] }, board, contract, usual)).toBe(true);
});

it("what a view says beside the things that are drawn is kept with it", () => {
  const known = { ...board, tree: { ...board.tree, later: "stays" } };
  const state = readState(
    writeState(new URLSearchParams(), contract, stateOf(known, contract, usual), usual),
    contract,
  );
  expect(treeOf({ ...state, filter: "" }, known)).toEqual({ ...known.tree, filter: "" });
});

it("a view shows no field that its reader does not have", () => {
  const blind: Form = { ...contract, fields: contract.fields.filter((f) => !["amount", "status"].includes(f.key)) };
  const seen = stateOf(board, blind, ["number"]);
  expect([seen.kind, seen.group, seen.columns]).toEqual(["table", null, ["number"]]);
  expect(seen.sort?.some((s) => s.field === "amount")).toBe(false);
});

it("a board needs a choice, a group a field that can be grouped", () => {
  const read = (text: string) => readState(new URLSearchParams(text), contract, usual);
  expect([read("k=board&g=status").kind, read("k=board&g=end_date").kind, read("k=board").kind]).toEqual([
    "board",
    "table",
    "table",
  ]);
  expect([read("g=end_date").group, read("g=amount").group]).toEqual(["end_date", null]);
  expect([read("g=customer").group, read("g=owner").group]).toEqual(["customer", "owner"]);
  expect([read("k=calendar&g=end_date").kind, read("k=calendar&g=status").kind]).toEqual(["calendar", "table"]);
  expect([read("k=gallery").kind, read("k=gallery&g=amount").group]).toEqual(["gallery", null]);
});

it("leaves out a related field that is gone since, or whose form the reader does not know", () => {
  const all = (forms as unknown as (Form & { form: string })[]).map((f): Form => ({ ...f, key: f.form }));
  const related = {
    ...board,
    tree: {
      ...board.tree,
      columns: ["number", "customer.name", "customer.gone"].map((path) => ({ path, frozen: false })),
    },
  };
  expect(stateOf(related, contract, usual, all).columns).toEqual(["number", "customer.name"]);
  const blind = all.filter((f) => f.key !== "customer");
  expect(stateOf(related, contract, usual, blind).columns).toEqual(["number"]);
  const sorted = new URLSearchParams("s=customer.gone&c=number,customer.gone");
  expect(readState(sorted, contract, usual, all)).toMatchObject({ columns: ["number"], sort: defaultSort(contract) });
});
