/** Just enough of the formula language to filter the stand-in's rows. The product has one evaluator, and this is not it. */
import { type Cell, NOW, plus, type Rec, TABLES, TODAY } from "./data.ts";

export type Tree =
  | { kind: "number"; value: string }
  | { kind: "text"; value: string }
  | { kind: "yes_no"; value: boolean }
  | { kind: "name"; parts: string[] }
  | { kind: "call"; name: string; args: Tree[] }
  | { kind: "binary"; op: string; left: Tree; right: Tree }
  | { kind: "unary"; op: string; operand: Tree };

export class Bad extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

const TOKEN =
  /\s*(?:("(?:[^"]|"")*")|(\d+(?:\.\d+)?)|([A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff]*(?:\.[A-Za-z_]\w*)*)|(<>|<=|>=|[-+*/=<>(),&]))/y;

export function parse(text: string): Tree {
  const tokens: { text: string; at: number; kind: number }[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const m = TOKEN.exec(text);
    if (!m) throw new Bad("这里写不通", at + 1);
    tokens.push({ text: (m[1] ?? m[2] ?? m[3] ?? m[4]) as string, at, kind: m[1] ? 1 : m[2] ? 2 : m[3] ? 3 : 4 });
  }
  let i = 0;
  const peek = () => tokens[i]?.text;
  const levels = [["=", "<>", "<", "<=", ">", ">="], ["&"], ["+", "-"], ["*", "/"]];
  function level(n: number): Tree {
    const ops = levels[n];
    if (!ops) return atom();
    let left = level(n + 1);
    while (ops.includes(peek() ?? "")) {
      const op = tokens[i++]?.text as string;
      left = { kind: "binary", op, left, right: level(n + 1) };
    }
    return left;
  }
  function atom(): Tree {
    const t = tokens[i++];
    if (!t) throw new Bad("公式没有写完", text.length + 1);
    if (t.kind === 1) return { kind: "text", value: t.text.slice(1, -1).replaceAll('""', '"') };
    if (t.kind === 2) return { kind: "number", value: t.text };
    if (t.text === "-") return { kind: "unary", op: "-", operand: atom() };
    if (t.text === "(") {
      const inner = level(0);
      if (tokens[i++]?.text !== ")") throw new Bad("少一个右括号", text.length + 1);
      return inner;
    }
    if (t.kind === 3) {
      const upper = t.text.toUpperCase();
      if (upper === "TRUE" || upper === "FALSE") return { kind: "yes_no", value: upper === "TRUE" };
      if (peek() !== "(") return { kind: "name", parts: t.text.split(".") };
      i++;
      const args: Tree[] = [];
      while (peek() !== ")") {
        args.push(level(0));
        if (peek() === ",") i++;
        else if (peek() !== ")") throw new Bad("少一个右括号", text.length + 1);
      }
      i++;
      return { kind: "call", name: upper, args };
    }
    throw new Bad("这里写不通", t.at + 1);
  }
  const tree = level(0);
  if (i < tokens.length) throw new Bad("这里写不通", (tokens[i]?.at ?? 0) + 1);
  return tree;
}

type V = Cell | undefined;
const day = (v: V) =>
  typeof v === "string" && /^\d{4}-\d\d-\d\d/.test(v) ? Date.parse(v.slice(0, 10)) / 86_400_000 : null;
function plain(v: V): string | number | boolean | null {
  if (v === null || v === undefined || v === "") return null;
  if (Array.isArray(v)) return v.join(",");
  if (typeof v === "object") return v.label ?? v.name ?? null;
  return v;
}
export function compare(a: V, b: V): number | null {
  const x = plain(a);
  const y = plain(b);
  if (x === null || y === null) return null;
  const dx = day(x as V);
  const dy = day(y as V);
  if (dx !== null && dy !== null) return dx - dy;
  const nx = Number(x);
  const ny = Number(y);
  if (!Number.isNaN(nx) && !Number.isNaN(ny)) return nx - ny;
  return String(x).localeCompare(String(y), "zh");
}

export function evaluate(t: Tree, r: Rec): V {
  switch (t.kind) {
    case "number":
      return Number(t.value);
    case "text":
    case "yes_no":
      return t.value;
    case "unary":
      return -Number(evaluate(t.operand, r));
    case "name": {
      if (t.parts.length === 1) return r[t.parts[0] as string] ?? null;
      const ref = r[t.parts[0] as string];
      const table = TABLES[t.parts[0] as string] ?? [];
      const other = table.find((x) => ref && typeof ref === "object" && "id" in ref && x.id === ref.id);
      return other?.[t.parts[1] as string] ?? null;
    }
    case "binary": {
      const a = evaluate(t.left, r);
      const b = evaluate(t.right, r);
      if (t.op === "=" || t.op === "<>") {
        const same = plain(a) === plain(b) || compare(a, b) === 0;
        return t.op === "=" ? same : !same;
      }
      if (t.op === "+" || t.op === "-") {
        if (day(a) !== null && typeof b === "number") return plus(a as string, t.op === "+" ? b : -b);
        return t.op === "+" ? Number(a) + Number(b) : Number(a) - Number(b);
      }
      const c = compare(a, b);
      if (c === null) return false;
      return { "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0 }[t.op] ?? null;
    }
    case "call": {
      const args = () => t.args.map((a) => evaluate(a, r));
      switch (t.name) {
        case "AND":
          return t.args.every((a) => evaluate(a, r) === true);
        case "OR":
          return t.args.some((a) => evaluate(a, r) === true);
        case "NOT":
          return evaluate(t.args[0] as Tree, r) !== true;
        case "TODAY":
          return TODAY;
        case "NOW":
          return NOW;
        case "ISBLANK":
          return plain(args()[0]) === null;
        case "IN": {
          const [v, ...rest] = args().map(plain);
          return rest.includes(v as never);
        }
        case "CONTAINS": {
          const [a, b] = args().map(plain);
          return String(a ?? "").includes(String(b ?? ""));
        }
        case "STARTSWITH": {
          const [a, b] = args().map(plain);
          return String(a ?? "").startsWith(String(b ?? ""));
        }
        case "DATE": {
          const [y, m, d] = args().map(Number);
          return `${y}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
        }
        case "DAYS": {
          const [a, b] = args();
          const x = day(a);
          const y = day(b);
          return x === null || y === null ? null : x - y;
        }
        case "EOMONTH": {
          const d = new Date(`${args()[0]}T00:00:00Z`);
          return new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1 + Number(args()[1]), 0))
            .toISOString()
            .slice(0, 10);
        }
        default:
          throw new Bad(`没有 ${t.name} 这个函数`, 1);
      }
    }
  }
}
