/**
 * Conditions as rows, and the formula text they stand for.
 *
 * The client has no parser: text becomes rows only from the tree that the server parsed (`fromTree`), and whatever does
 * not fit into rows stays text. `print(fromTree(tree))` means the same as the tree.
 */
import type { Field, Form } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";

export type Operator =
  | "is"
  | "is_not"
  | "contains"
  | "starts"
  | "eq"
  | "ne"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "on"
  | "before"
  | "after"
  | "from"
  | "until"
  | "next_days"
  | "within_days"
  | "past_days"
  | "this_month"
  | "from_today"
  | "before_today"
  | "in"
  | "not_in"
  | "true"
  | "false"
  | "blank"
  | "filled";

export interface Condition {
  /** `amount`, or over a relation `customer.health_score` */
  path: string;
  op: Operator;
  /** text, number, date or days; several for in / not_in */
  value: string | string[];
}
export interface Group {
  join: "and" | "or";
  items: (Condition | Group)[];
}
export const EMPTY: Group = { join: "and", items: [] };
export const isGroup = (item: Condition | Group): item is Group => "items" in item;

/** A field that a condition can name: one of the form, or of what it points to. */
export interface Named {
  path: string;
  field: Field;
  /** the relation on the way */
  via?: Field;
}

export function named(form: Form, forms: readonly Form[]): Named[] {
  const out: Named[] = form.fields.map((field) => ({ path: field.key, field }));
  for (const via of form.fields) {
    if (via.kind !== "relation" || !via.to) continue;
    const other = forms.find((f) => f.key === via.to);
    for (const field of other?.fields ?? []) {
      if (field.kind !== "relation") out.push({ path: `${via.key}.${field.key}`, field, via });
    }
  }
  return out;
}

const BLANKS: Operator[] = ["blank", "filled"];
export function operators(field: Field): Operator[] {
  switch (valueKind(field)) {
    case "number":
    case "money":
    case "percent":
      return ["eq", "ne", "gt", "gte", "lt", "lte", ...BLANKS];
    case "date":
    case "datetime":
      return [
        "next_days",
        "within_days",
        "past_days",
        "this_month",
        "from_today",
        "before_today",
        "on",
        "before",
        "after",
        "from",
        "until",
        ...BLANKS,
      ];
    case "select":
    case "person":
    case "department":
      return ["in", "not_in", ...BLANKS];
    case "multi_select":
      return ["contains", ...BLANKS];
    case "yes_no":
      return ["true", "false"];
    case "relation":
      return ["contains", "is", ...BLANKS];
    default:
      return ["contains", "is", "is_not", "starts", ...BLANKS];
  }
}

export type Input = "none" | "text" | "number" | "days" | "date" | "options" | "option" | "people" | "departments";
export function input(field: Field, op: Operator): Input {
  if (["blank", "filled", "true", "false", "this_month", "from_today", "before_today"].includes(op)) return "none";
  if (op.endsWith("_days")) return "days";
  switch (valueKind(field)) {
    case "number":
    case "money":
    case "percent":
      return "number";
    case "date":
    case "datetime":
      return "date";
    case "select":
      return "options";
    case "multi_select":
      return "option";
    case "person":
      return "people";
    case "department":
      return "departments";
    default:
      return "text";
  }
}

export const isComplete = (c: Condition, field: Field): boolean =>
  input(field, c.op) === "none" || (Array.isArray(c.value) ? c.value.length > 0 : c.value.trim() !== "");

export function fresh(field: Field, path: string): Condition {
  const op = operators(field)[0] ?? "filled";
  return { path, op, value: input(field, op) === "options" || input(field, op) === "people" ? [] : "" };
}

// ---- rows to text

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const NUMBER = /^-?\d+(\.\d+)?$/;
const plainNumber = (text: string) => {
  const bare = text.replaceAll(",", "").trim();
  return NUMBER.test(bare) ? bare : "0";
};
const day = (text: string) => {
  const [y, m, d] = text.split("-").map(Number);
  return `DATE(${y ?? 1900}, ${m ?? 1}, ${d ?? 1})`;
};

/** What a person, department or relation is compared by. */
function comparable(c: Condition, n: Named): string {
  switch (n.field.kind) {
    case "person":
      return `${c.path}.account`;
    case "department":
      return `${c.path}.key`;
    case "relation":
      return `${c.path}.name`;
    default:
      return c.path;
  }
}

const COMPARE: Partial<Record<Operator, string>> = {
  eq: "=",
  ne: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  on: "=",
  before: "<",
  after: ">",
  from: ">=",
  until: "<=",
};

function one(c: Condition, n: Named, titles: Titles): string {
  const path = n.field.kind === "relation" ? `${c.path}.${titles(n.field)}` : comparable(c, n);
  const texts = Array.isArray(c.value) ? c.value : [c.value];
  const first = texts[0] ?? "";
  switch (c.op) {
    case "blank":
      return `ISBLANK(${c.path})`;
    case "filled":
      return `NOT(ISBLANK(${c.path}))`;
    case "true":
      return c.path;
    case "false":
      return `NOT(${c.path})`;
    case "is":
      return `${path} = ${quoted(first)}`;
    case "is_not":
      return `${path} <> ${quoted(first)}`;
    case "contains":
      return `CONTAINS(${path}, ${quoted(first)})`;
    case "starts":
      return `STARTSWITH(${path}, ${quoted(first)})`;
    case "in":
      return texts.length === 1 ? `${path} = ${quoted(first)}` : `IN(${[path, ...texts.map(quoted)].join(", ")})`;
    case "not_in":
      return texts.length === 1 ? `${path} <> ${quoted(first)}` : `NOT(IN(${[path, ...texts.map(quoted)].join(", ")}))`;
    case "next_days":
      return `AND(${path} >= TODAY(), ${path} <= TODAY() + ${plainNumber(first)})`;
    case "past_days":
      return `AND(${path} >= TODAY() - ${plainNumber(first)}, ${path} < TODAY())`;
    case "within_days":
      return `${path} <= TODAY() + ${plainNumber(first)}`;
    case "from_today":
      return `${path} >= TODAY()`;
    case "before_today":
      return `${path} < TODAY()`;
    case "this_month":
      return `AND(${path} > EOMONTH(TODAY(), -1), ${path} <= EOMONTH(TODAY(), 0))`;
    default: {
      const sign = COMPARE[c.op] ?? "=";
      const kind = valueKind(n.field);
      return `${path} ${sign} ${kind === "date" || kind === "datetime" ? day(first) : plainNumber(first)}`;
    }
  }
}

/** The title field of the form that a relation points to. */
export type Titles = (relation: Field) => string;

/** The formula; incomplete rows are left out. */
export function print(group: Group, names: readonly Named[], titles: Titles): string {
  const parts = group.items.flatMap((item): string[] => {
    if (isGroup(item)) {
      const inner = print(item, names, titles);
      return inner ? [inner] : [];
    }
    const n = names.find((x) => x.path === item.path);
    return n && isComplete(item, n.field) ? [one(item, n, titles)] : [];
  });
  if (parts.length < 2) return parts[0] ?? "";
  return `${group.join === "and" ? "AND" : "OR"}(${parts.join(", ")})`;
}

/** How many conditions a filter has, for the button. */
export const size = (group: Group): number => group.items.reduce((n, item) => n + (isGroup(item) ? size(item) : 1), 0);
