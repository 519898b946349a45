/** What a piece of the palette becomes on the canvas. */
import type { Form } from "./api";
import type { FieldTree, FormTree } from "./form_tree";
import { type FieldKind, hasOptions, type Piece } from "./kinds";

/** A new field of a kind, with what it cannot be without. */
export function fieldFor(
  key: string,
  tree: FormTree,
  piece: Exclude<Piece, "sub_table" | "section" | "tab" | "words">,
  word: (key: string) => string,
  forms: readonly Form[],
): FieldTree {
  const kind: FieldKind = piece === "lookup" || piece === "rollup" ? "formula" : piece;
  const field: FieldTree = { key, label: word(`kind_${piece}`), kind };
  if (hasOptions(kind)) field.options = [1, 2].map((n) => ({ key: `option_${n}`, label: `${word("option")} ${n}` }));
  if (kind === "relation" || kind === "relations") {
    const to = forms.find((f) => f.key !== tree.form)?.key;
    if (to) field.to = to;
  }
  if (kind === "auto_number") field.pattern = "{year}-{seq:4}";
  if (kind === "formula") field.formula = proposal(tree, piece, forms);
  return field;
}

/** The text with which a formula begins: what a relation points to, or what points here. */
function proposal(tree: FormTree, piece: Piece, forms: readonly Form[]): string {
  if (piece === "lookup") {
    const relation = tree.fields.find((f) => f.kind === "relation" && f.to);
    const other = forms.find((f) => f.key === relation?.to);
    const seen = other?.fields.find((f) => f.key !== other.title && f.kind !== "relation") ?? other?.fields[0];
    if (relation && seen) return `${relation.key}.${seen.key}`;
  }
  if (piece === "rollup") {
    const many = forms.find((f) => f.key === tree.form)?.collections[0];
    const money = forms.find((f) => f.key === many?.form)?.fields.find((f) => f.kind === "money");
    if (many && money) return `SUM(${many.key}, ${money.key})`;
    if (many) return `COUNT(${many.key})`;
  }
  return "0";
}
