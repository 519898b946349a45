/** A decision table as it is drawn: a grid of texts, inputs first, then results, then the note. Pure; undo is the draft's. */

export type ColumnKind = "number" | "money" | "percent" | "text" | "date" | "yes_no" | "option";
export const KINDS: readonly ColumnKind[] = ["number", "money", "percent", "text", "date", "yes_no", "option"];
export const POLICIES = ["U", "A", "F", "P", "O", "R", "C", "C+", "C<", "C>", "C#"] as const;
export type Policy = (typeof POLICIES)[number];

export interface Choice {
  key: string;
  label: string;
}
export interface ColumnTree {
  key: string;
  label: string;
  kind: ColumnKind;
  options?: Choice[];
  formula?: string;
  optional?: boolean;
  least?: string;
  most?: string;
}
export interface RuleTree {
  when: string[];
  give: string[];
  note?: string;
}
export interface DecisionTree {
  decision: string;
  label: string;
  label_en?: string;
  form?: string;
  policy: Policy;
  inputs: ColumnTree[];
  outputs: ColumnTree[];
  rules: RuleTree[];
  otherwise?: string[];
  note?: string;
}
export type Side = "inputs" | "outputs";
export interface Cell {
  row: number;
  column: number;
}

export const widthOf = (tree: DecisionTree) => tree.inputs.length + tree.outputs.length + 1;

export function cellOf(tree: DecisionTree, { row, column }: Cell): string {
  const rule = tree.rules[row];
  if (!rule) return "";
  if (column < tree.inputs.length) return rule.when[column] ?? "";
  return rule.give[column - tree.inputs.length] ?? (column === widthOf(tree) - 1 ? (rule.note ?? "") : "");
}

const put = (list: string[], at: number, text: string) => list.map((old, i) => (i === at ? text : old));

function written(tree: DecisionTree, rule: RuleTree, column: number, text: string): RuleTree {
  if (column < tree.inputs.length) return { ...rule, when: put(rule.when, column, text) };
  const at = column - tree.inputs.length;
  if (at < tree.outputs.length) return { ...rule, give: put(rule.give, at, text) };
  const { note: _, ...rest } = rule;
  return text === "" ? rest : { ...rest, note: text };
}

export const blankRule = (tree: DecisionTree): RuleTree => ({
  when: tree.inputs.map(() => "-"),
  give: tree.outputs.map(() => ""),
});

/** A block of texts written from a cell on; rows that are missing are added, columns beyond the last are left out. */
export function pasted(tree: DecisionTree, at: Cell, block: readonly (readonly string[])[]): DecisionTree {
  const rules = [...tree.rules];
  block.forEach((line, down) => {
    const row = at.row + down;
    while (rules.length <= row) rules.push(blankRule(tree));
    line.forEach((text, right) => {
      const rule = rules[row];
      if (rule && at.column + right < widthOf(tree)) rules[row] = written(tree, rule, at.column + right, text.trim());
    });
  });
  return { ...tree, rules };
}

export interface Range {
  from: Cell;
  to: Cell;
}
/** The corners in order. */
export const ordered = (one: Cell, other: Cell): Range => ({
  from: { row: Math.min(one.row, other.row), column: Math.min(one.column, other.column) },
  to: { row: Math.max(one.row, other.row), column: Math.max(one.column, other.column) },
});

export function copied(tree: DecisionTree, { from, to }: Range): string[][] {
  const block: string[][] = [];
  for (let row = from.row; row <= to.row; row++) {
    const line: string[] = [];
    for (let column = from.column; column <= to.column; column++) line.push(cellOf(tree, { row, column }));
    block.push(line);
  }
  return block;
}

/** A condition that is emptied holds for any value. */
export function cleared(tree: DecisionTree, range: Range): DecisionTree {
  const block = copied(tree, range).map((line) =>
    line.map((_, right) => (range.from.column + right < tree.inputs.length ? "-" : "")),
  );
  return pasted(tree, range.from, block);
}

export function inserted(tree: DecisionTree, at: number, rule: RuleTree = blankRule(tree)): DecisionTree {
  return { ...tree, rules: [...tree.rules.slice(0, at), rule, ...tree.rules.slice(at)] };
}

export function removed(tree: DecisionTree, from: number, to = from): DecisionTree {
  return { ...tree, rules: tree.rules.filter((_, row) => row < from || row > to) };
}

/** Rows up or down by one; at the edge nothing moves. */
export function moved(tree: DecisionTree, from: number, to: number, by: 1 | -1): DecisionTree {
  const [first, last] = by < 0 ? [from - 1, to] : [from, to + 1];
  if (first < 0 || last >= tree.rules.length) return tree;
  const rows = tree.rules.slice(first, last + 1);
  const turned = by < 0 ? [...rows.slice(1), ...rows.slice(0, 1)] : [...rows.slice(-1), ...rows.slice(0, -1)];
  return { ...tree, rules: [...tree.rules.slice(0, first), ...turned, ...tree.rules.slice(last + 1)] };
}

export const placeOf = (tree: DecisionTree, column: number): { side: Side; at: number } | null =>
  column < tree.inputs.length
    ? { side: "inputs", at: column }
    : column < widthOf(tree) - 1
      ? { side: "outputs", at: column - tree.inputs.length }
      : null;

export function columnAdded(tree: DecisionTree, side: Side, column: ColumnTree): DecisionTree {
  const rules = tree.rules.map((rule) =>
    side === "inputs" ? { ...rule, when: [...rule.when, "-"] } : { ...rule, give: [...rule.give, ""] },
  );
  const otherwise = side === "outputs" && tree.otherwise ? { otherwise: [...tree.otherwise, ""] } : {};
  return { ...tree, [side]: [...tree[side], column], rules, ...otherwise };
}

export function columnRemoved(tree: DecisionTree, side: Side, at: number): DecisionTree {
  const rest = <T>(list: readonly T[]) => list.filter((_, i) => i !== at);
  const rules = tree.rules.map((rule) =>
    side === "inputs" ? { ...rule, when: rest(rule.when) } : { ...rule, give: rest(rule.give) },
  );
  const otherwise = side === "outputs" && tree.otherwise ? { otherwise: rest(tree.otherwise) } : {};
  return { ...tree, [side]: rest(tree[side]), rules, ...otherwise };
}

export function columnSet(tree: DecisionTree, side: Side, at: number, values: Partial<ColumnTree>): DecisionTree {
  const clean = (column: ColumnTree) =>
    Object.fromEntries(
      Object.entries({ ...column, ...values }).filter(([, value]) => value !== undefined && value !== ""),
    ) as unknown as ColumnTree;
  return { ...tree, [side]: tree[side].map((column, i) => (i === at ? clean(column) : column)) };
}

/** One choice per line; what had a key keeps it. */
export function choicesFrom(text: string, before: readonly Choice[] = []): Choice[] {
  const labels = [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
  return labels.map((label) => before.find((one) => one.label === label) ?? { key: label, label });
}

export function freeKey(tree: DecisionTree, side: Side): string {
  const head = side === "inputs" ? "input" : "result";
  let n = tree[side].length + 1;
  while ([...tree.inputs, ...tree.outputs].some((one) => one.key === `${head}_${n}`)) n++;
  return `${head}_${n}`;
}

/** A range as people write it; it means the same. */
export const told = (text: string) => text.replace(/^\[([^.,]+(?:\.\d+)?[^.,]*)\.\.([^,]+)\)$/, "$1–$2");

/** The cell that a problem's path names; a path of a row names its first cell. */
export function cellAt(tree: DecisionTree, path: string): Cell | null {
  const found = /^rules\[(\d+)\](?:\.(when|give)\[(\d+)\])?/.exec(path);
  if (!found) return null;
  const row = Math.min(Number(found[1]), Math.max(0, tree.rules.length - 1));
  return { row, column: Number(found[3] ?? 0) + (found[2] === "give" ? tree.inputs.length : 0) };
}
