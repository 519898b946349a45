/** Rows from the tree that the server parsed; what does not fit into rows is null and stays text. */
import { valueKind } from "@/rooms/forms";
import { type Condition, type Group, isGroup, type Named, type Operator, operators, type Titles } from "./conditions";

type Tree =
  | { kind: "number"; value: string }
  | { kind: "text"; value: string }
  | { kind: "yes_no"; value: boolean }
  | { kind: "name"; parts: string[] }
  | { kind: "call"; name: string; args: Tree[] }
  | { kind: "binary"; op: string; left: Tree; right: Tree }
  | { kind: "unary"; op: string; operand: Tree };

const pathOf = (t: Tree | undefined) => (t?.kind === "name" ? t.parts.join(".") : null);
const isToday = (t: Tree) => t.kind === "call" && t.name === "TODAY";
const numberOf = (t: Tree | undefined): string | null =>
  t?.kind === "number"
    ? t.value
    : t?.kind === "unary" && t.op === "-" && t.operand.kind === "number"
      ? `-${t.operand.value}`
      : null;

/** TODAY() + n as days, negative before today. */
function daysFromToday(t: Tree): number | null {
  if (isToday(t)) return 0;
  if (t.kind !== "binary" || !isToday(t.left) || (t.op !== "+" && t.op !== "-")) return null;
  const n = numberOf(t.right);
  return n === null ? null : Number(n) * (t.op === "-" ? -1 : 1);
}

function dayOf(t: Tree): string | null {
  if (t.kind !== "call" || t.name !== "DATE" || t.args.length !== 3) return null;
  const [y, m, d] = t.args.map((a) => numberOf(a));
  return y && m && d ? `${y}-${m.padStart(2, "0")}-${d.padStart(2, "0")}` : null;
}

const NUMBERS: Record<string, Operator> = { "=": "eq", "<>": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte" };
const DATES: Record<string, Operator> = { "=": "on", "<": "before", ">": "after", ">=": "from", "<=": "until" };

export function fromTree(tree: unknown, names: readonly Named[], titles: Titles): Group | null {
  const t = tree as Tree;
  const group = t.kind === "call" && (t.name === "AND" || t.name === "OR") ? t : null;
  const alone = toCondition(t, names, titles);
  if (alone) return { join: "and", items: [alone] };
  if (!group) return null;
  const items: (Condition | Group)[] = [];
  for (const arg of group.args) {
    const item = toCondition(arg, names, titles) ?? toInner(arg, names, titles);
    if (!item) return null;
    items.push(item);
  }
  if (group.name === "AND") mergeBounds(items);
  return { join: group.name === "AND" ? "and" : "or", items };
}

/** 「今天起」 and 「几天内」 on one date, side by side, are 「在未来几天内」. */
function mergeBounds(items: (Condition | Group)[]): void {
  for (let i = 0; i + 1 < items.length; i++) {
    const a = items[i];
    const b = items[i + 1];
    if (!a || !b || isGroup(a) || isGroup(b) || a.path !== b.path) continue;
    if (a.op === "from_today" && b.op === "within_days") items.splice(i, 2, { ...b, op: "next_days" });
  }
}

function toInner(t: Tree, names: readonly Named[], titles: Titles): Group | null {
  if (t.kind !== "call" || (t.name !== "AND" && t.name !== "OR")) return null;
  const items = t.args.map((a) => toCondition(a, names, titles));
  return items.some((i) => i === null) ? null : { join: t.name === "AND" ? "and" : "or", items: items as Condition[] };
}

/** `owner.account` is the person field `owner`, `customer.name` the relation `customer` when name is its title. */
function find(path: string | null, names: readonly Named[], titles: Titles): Named | null {
  if (path === null) return null;
  const dot = path.lastIndexOf(".");
  const head = path.slice(0, dot);
  const tail = path.slice(dot + 1);
  const owner = dot > 0 ? names.find((n) => n.path === head) : undefined;
  if (owner?.field.kind === "person" && tail === "account") return owner;
  if (owner?.field.kind === "department" && tail === "key") return owner;
  if (owner?.field.kind === "relation" && tail === titles(owner.field)) return owner;
  return names.find((n) => n.path === path) ?? null;
}

function toCondition(t: Tree, names: readonly Named[], titles: Titles): Condition | null {
  const found = recognise(t, names, titles);
  if (!found) return null;
  const n = names.find((x) => x.path === found.path);
  return n && operators(n.field).includes(found.op) ? found : null;
}

function recognise(t: Tree, names: readonly Named[], titles: Titles): Condition | null {
  const at = (p: string | null) => find(p, names, titles);
  if (t.kind === "name") {
    const n = at(pathOf(t));
    return n ? { path: n.path, op: "true", value: "" } : null;
  }
  if (t.kind === "binary") return compared(t, at(pathOf(t.left)));
  if (t.kind !== "call") return null;
  const n = at(pathOf(t.args[0]));
  const rest = t.args.slice(1);
  const words = rest.flatMap((a) => (a.kind === "text" ? [a.value] : []));
  switch (t.name) {
    case "ISBLANK":
      return n ? { path: n.path, op: "blank", value: "" } : null;
    case "CONTAINS":
    case "STARTSWITH":
      return n && words.length === 1 && words[0] !== undefined
        ? { path: n.path, op: t.name === "CONTAINS" ? "contains" : "starts", value: words[0] }
        : null;
    case "IN":
      return n && words.length === rest.length && words.length > 0 ? { path: n.path, op: "in", value: words } : null;
    case "NOT": {
      const inner = t.args[0] ? recognise(t.args[0], names, titles) : null;
      const opposite: Partial<Record<Operator, Operator>> = { blank: "filled", true: "false", in: "not_in" };
      const op = inner ? opposite[inner.op] : undefined;
      return inner && op ? { ...inner, op } : null;
    }
    case "AND":
      return range(t.args, at);
    default:
      return null;
  }
}

function compared(t: Tree & { kind: "binary" }, n: Named | null): Condition | null {
  if (!n) return null;
  const kind = valueKind(n.field);
  if (t.right.kind === "text") {
    const several = kind === "select" || kind === "person" || kind === "department";
    if (t.op === "=")
      return { path: n.path, op: several ? "in" : "is", value: several ? [t.right.value] : t.right.value };
    if (t.op === "<>")
      return { path: n.path, op: several ? "not_in" : "is_not", value: several ? [t.right.value] : t.right.value };
    return null;
  }
  const number = numberOf(t.right);
  if (number !== null) {
    const op = NUMBERS[t.op];
    return op ? { path: n.path, op, value: number } : null;
  }
  const fixed = dayOf(t.right);
  if (fixed !== null) {
    const op = DATES[t.op];
    return op ? { path: n.path, op, value: fixed } : null;
  }
  const days = daysFromToday(t.right);
  if (days === 0 && t.op === ">=" && isToday(t.right)) return { path: n.path, op: "from_today", value: "" };
  if (days === 0 && t.op === "<" && isToday(t.right)) return { path: n.path, op: "before_today", value: "" };
  if (days !== null && t.op === "<=" && days >= 0) return { path: n.path, op: "within_days", value: String(days) };
  return null;
}

/** AND of two bounds on one date. */
function range(args: Tree[], at: (p: string | null) => Named | null): Condition | null {
  const [a, b] = args;
  if (args.length !== 2 || a?.kind !== "binary" || b?.kind !== "binary") return null;
  const n = at(pathOf(a.left));
  if (!n || pathOf(a.left) !== pathOf(b.left)) return null;
  const from = daysFromToday(a.right);
  const to = daysFromToday(b.right);
  if (a.op === ">=" && from === 0 && b.op === "<=" && to !== null && to >= 0)
    return { path: n.path, op: "next_days", value: String(to) };
  if (a.op === ">=" && from !== null && from < 0 && b.op === "<" && to === 0)
    return { path: n.path, op: "past_days", value: String(-from) };
  const end = (t: Tree, months: string) =>
    t.kind === "call" &&
    t.name === "EOMONTH" &&
    t.args[0] !== undefined &&
    isToday(t.args[0]) &&
    numberOf(t.args[1]) === months;
  if (a.op === ">" && end(a.right, "-1") && b.op === "<=" && end(b.right, "0"))
    return { path: n.path, op: "this_month", value: "" };
  return null;
}
