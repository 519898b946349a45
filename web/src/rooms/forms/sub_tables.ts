/** Sub-tables of a form that is drawn: forms within it, drawn in its own tree and kept as drafts of their own. */
import type { Form } from "./api";
import { type FieldTree, type FormTree, freeKey, laidOut, type Spot } from "./form_tree";

/** The relation of a sub-table that says in which record its rows live. */
export const backOf = (part: FormTree): FieldTree | undefined =>
  part.fields.find((f) => f.kind === "relation" && f.to === part.within && f.required && f.reverse);

export const columnsOf = (part: FormTree): FieldTree[] => {
  const back = backOf(part);
  return part.fields.filter((f) => f !== back);
};

/** The sub-table whose rows the form calls by this name. */
export const partAt = (tree: FormTree, collection: string): FormTree | undefined =>
  Object.values(tree.parts ?? {}).find((part) => backOf(part)?.reverse === collection);

export const partChanged = (tree: FormTree, key: string, change: (part: FormTree) => FormTree): FormTree => {
  const part = tree.parts?.[key];
  return part ? { ...tree, parts: { ...tree.parts, [key]: change(part) } } : tree;
};

/** A name for the rows that nothing else has, and the key of their form. */
export function freeNames(
  tree: FormTree,
  forms: readonly Form[],
  wanted = "items",
): { collection: string; key: string } {
  const lists = new Set(forms.find((f) => f.key === tree.form)?.collections.map((c) => c.key));
  const of = (collection: string) => `${tree.form.slice(0, 30)}_${collection}`;
  const collection = freeKey(tree, wanted, {
    has: (name) =>
      lists.has(name) || !!partAt(tree, name) || !!tree.parts?.[of(name)] || forms.some((f) => f.key === of(name)),
  });
  return { collection, key: of(collection) };
}

/** A sub-table at its place, as wide as its section, with columns to begin with. */
export function subTableAdded(
  tree: FormTree,
  at: Spot,
  { collection, key }: { collection: string; key: string },
  word: (key: string) => string,
): FormTree {
  const part: FormTree = {
    form: key,
    label: word("kind_sub_table"),
    within: tree.form,
    title: "name",
    fields: [
      { key: "name", label: word("sub_name"), kind: "text" },
      { key: "quantity", label: word("sub_quantity"), kind: "number" },
      { key: "amount", label: word("kind_money"), kind: "money" },
      {
        key: "belongs_to",
        label: word("sub_of"),
        kind: "relation",
        to: tree.form,
        reverse: collection,
        required: true,
      },
    ],
  };
  return laidOut({ ...tree, parts: { ...tree.parts, [key]: part } }, (tabs) => {
    const section = tabs[at.tab]?.sections[at.section];
    section?.cells.splice(at.cell, 0, { sub_table: collection, span: section.columns });
  });
}

/** The form alone, and its sub-tables by their keys. */
export function split({ parts, ...own }: FormTree): { own: FormTree; parts: Record<string, FormTree> } {
  return { own, parts: parts ?? {} };
}
export const join = (own: FormTree, parts: Record<string, FormTree>): FormTree =>
  Object.keys(parts).length ? { ...own, parts } : own;
