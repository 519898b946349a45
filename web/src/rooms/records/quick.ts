/** Conditions of one tap: how soon, which state, how healthy. They are rows of the same tree that the builder edits. */
import { type Group, isGroup, type Row, samePath } from "@/kit/formula/conditions";
import { type Form, valueKind } from "@/rooms/forms";
import { isScore, relatedScore } from "./state";

export interface Pick {
  key: string;
  rows: Row[];
}
export interface Quick {
  kind: "days" | "choice" | "score";
  path: string[];
  picks: Pick[];
}
export const DAYS = [30, 60, 90];
export const SCORES = { low: 60, good: 75 };

/** What a form offers: its date that counts down, the choices of its card, its score or that of its customer. */
export function quicksOf(form: Form, forms: readonly Form[]): Quick[] {
  const out: Quick[] = [];
  const date = form.fields.find((f) => f.counts)?.counts?.date;
  if (date && form.fields.some((f) => f.key === date)) {
    const row = (days: number): Row => ({ path: [date], op: "next_days", value: days, kind: "date" });
    out.push({ kind: "days", path: [date], picks: DAYS.map((n) => ({ key: String(n), rows: [row(n)] })) });
  }
  for (const f of form.fields) {
    if (f.kind !== "select" || f.grant === "masked" || !form.card?.includes(f.key)) continue;
    const picks = (f.options ?? []).map((o) => ({
      key: o.key,
      rows: [{ path: [f.key], op: "in", value: [o.key], kind: "select" }],
    }));
    out.push({ kind: "choice", path: [f.key], picks });
  }
  const score = form.fields.find((f) => isScore(f) && valueKind(f) === "number")?.key ?? relatedScore(form, forms);
  if (score) {
    const path = score.split(".");
    const row = (op: string, value: number): Row => ({ path, op, value: String(value), kind: "number" });
    out.push({
      kind: "score",
      path,
      picks: [
        { key: "low", rows: [row("lt", SCORES.low)] },
        { key: "middle", rows: [row("ge", SCORES.low), row("lt", SCORES.good)] },
        { key: "good", rows: [row("ge", SCORES.good)] },
      ],
    });
  }
  return out;
}

const about = (path: readonly string[]) => (item: Row | Group) => !isGroup(item) && samePath(item.path, path);
const all = (group: Group): Group => (group.join === "or" && group.rows.length > 1 ? and([group]) : and(group.rows));
const and = (rows: Group["rows"]): Group => ({ join: "and", rows });
const said = (rows: readonly Row[]) => JSON.stringify(rows.map((r) => [r.op, r.value]));

/** Which picks the conditions are; null: they say about it what no pick says. */
export function chosenOf(quick: Quick, group: Group): string[] | null {
  const rows = all(group).rows.filter(about(quick.path)) as Row[];
  if (rows.length === 0) return [];
  if (quick.kind !== "choice") {
    const pick = quick.picks.find((p) => said(p.rows) === said(rows));
    return pick ? [pick.key] : null;
  }
  const [row] = rows;
  if (rows.length > 1 || !row) return null;
  const values = (Array.isArray(row.value) ? row.value : [row.value]).map(String);
  if (row.op === "eq" || row.op === "in") return values;
  if (row.op === "ne" || row.op === "not_in") return quick.picks.map((p) => p.key).filter((k) => !values.includes(k));
  return null;
}

/** The conditions after a tap on a pick: chosen, or chosen no longer. */
export function tapped(quick: Quick, group: Group, key: string): Group {
  const before = chosenOf(quick, group) ?? [];
  const rest = all(group).rows.filter((item) => !about(quick.path)(item));
  if (quick.kind !== "choice") {
    const pick = before.includes(key) ? undefined : quick.picks.find((p) => p.key === key);
    return and([...rest, ...(pick?.rows ?? [])]);
  }
  const wanted = before.includes(key) ? before.filter((k) => k !== key) : [...before, key];
  const kept = quick.picks.map((p) => p.key).filter((k) => wanted.includes(k));
  if (kept.length === 0 || kept.length === quick.picks.length) return and(rest);
  return and([...rest, { path: quick.path, op: "in", value: kept, kind: "select" }]);
}

export type Part = { quick: Quick; keys: string[] } | { row: Row } | { group: Group };
/** The conditions one by one, as they stand above a list, each with what remains without it. */
export function partsOf(quicks: readonly Quick[], group: Group): { part: Part; rest: Group }[] {
  const whole = all(group);
  const known = quicks.filter((q) => (chosenOf(q, whole) ?? []).length > 0);
  const taken = (item: Row | Group) => known.some((q) => about(q.path)(item));
  return [
    ...known.map((quick) => ({
      part: { quick, keys: chosenOf(quick, whole) ?? [] },
      rest: and(whole.rows.filter((item) => !about(quick.path)(item))),
    })),
    ...whole.rows.flatMap((item, at) =>
      taken(item)
        ? []
        : [{ part: isGroup(item) ? { group: item } : { row: item }, rest: and(whole.rows.filter((_, i) => i !== at)) }],
    ),
  ];
}
