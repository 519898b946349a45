/**
 * Conditions as rows of field, operator and value. The server turns text into rows and rows into text; here they are
 * only changed. A row that is not finished stays on the screen and out of the text.
 */
import type { components } from "@/api/schema";

export type Operator = components["schemas"]["OperatorOut"];
export type Operators = Record<string, Operator[]>;
/** `today`: days from today; `me`: whoever looks */
export type Value = string | number | { today: number } | { me: true } | null;
export interface Row {
  path: string[];
  op: string;
  value: Value | Value[];
  kind: string;
}
export interface Group {
  join: "and" | "or";
  rows: (Row | Group)[];
}
/** What a row may be about. */
export interface Choice {
  path: string[];
  label: string;
  /** as the operators are listed by */
  kind: string;
  options?: { value: string; label: string }[];
  /** whose records a reference points to: a form, `person` or `department` */
  to?: string;
}

export const EMPTY: Group = { join: "and", rows: [] };
export const isGroup = (item: Row | Group): item is Group => "join" in item;
export const isToday = (value: unknown): value is { today: number } =>
  typeof value === "object" && value !== null && "today" in value;
export const isMe = (value: unknown): value is { me: true } =>
  typeof value === "object" && value !== null && "me" in value;
export const samePath = (a: readonly string[], b: readonly string[]) => a.join(".") === b.join(".");

const takes = (operators: Operators, row: Row) => operators[row.kind]?.find((o) => o.key === row.op)?.takes ?? "one";

export function isComplete(row: Row, operators: Operators): boolean {
  const { value } = row;
  switch (takes(operators, row)) {
    case "none":
      return true;
    case "days":
      return typeof value === "number" && value > 0;
    case "many":
      return Array.isArray(value) && value.length > 0;
    default:
      if (value === null || value === "" || Array.isArray(value)) return false;
      return !["number", "money", "percent"].includes(row.kind) || Number.isFinite(Number(value));
  }
}

/** Only what can be said: without unfinished rows and empty groups. */
export function said(group: Group, operators: Operators): Group {
  const rows = group.rows.flatMap((item): (Row | Group)[] => {
    if (!isGroup(item)) return isComplete(item, operators) ? [item] : [];
    const inner = said(item, operators);
    return inner.rows.length ? [inner] : [];
  });
  return { ...group, rows };
}

/** A row about a field, with its first operator and nothing to compare with. */
export function freshRow(choice: Choice, operators: Operators): Row {
  const [first] = operators[choice.kind] ?? [];
  return withOperator({ path: choice.path, op: "", value: null, kind: choice.kind }, first?.key ?? "filled", operators);
}

/** A row to begin with: about a select field where there is one. */
export function firstRow(choices: readonly Choice[], operators: Operators): Row | null {
  const choice = choices.find((c) => c.kind === "select") ?? choices[0];
  return choice ? freshRow(choice, operators) : null;
}

/** The row with another operator; a value of the same shape stays. */
export function withOperator(row: Row, op: string, operators: Operators): Row {
  const next = { ...row, op };
  const [before, after] = [takes(operators, row), takes(operators, next)];
  if (before === after && row.value !== null) return next;
  const only = Array.isArray(row.value) ? (row.value[0] ?? null) : row.value;
  if (after === "many") return { ...next, value: before === "one" && only !== null && only !== "" ? [only] : [] };
  if (after === "one") return { ...next, value: before === "many" ? only : null };
  return { ...next, value: null };
}

export const size = (group: Group): number => group.rows.reduce((n, item) => n + (isGroup(item) ? size(item) : 1), 0);

/** An item of a group replaced, or taken out; a group that is left empty goes with it. */
export function replaced(group: Group, at: number, item: Row | Group | null): Group {
  const gone = item === null || (isGroup(item) && item.rows.length === 0);
  const rows = group.rows.flatMap((old, i) => (i !== at ? [old] : gone ? [] : [item]));
  return { ...group, rows };
}
