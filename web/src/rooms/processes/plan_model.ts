/** Plan and ledger as days: what is shown, what is folded, how late something was. Pure. */
import * as format from "@/kit/format";
import type { CalendarDay, Decided, Planned } from "./api";

export const TABS = ["calendar", "ledger", "plan", "records", "uncovered", "doctor"] as const;
export type Tab = (typeof TABS)[number];
export const SPANS = [7, 30, 90, 365] as const;

/** What would clutter: a start whose condition does not hold is one of many processes saying "not mine". */
export const isFolded = (row: Decided | Planned): boolean =>
  "outcome" in row ? row.outcome === "skipped" && row.reason === "condition" : !row.wanted;

export interface Day<T> {
  day: string;
  rows: T[];
  folded: T[];
}

/** Rows by the day they were due on, in the order they come. */
export function days<T extends Decided | Planned>(rows: readonly T[], zone: string, fold = true): Day<T>[] {
  const out: Day<T>[] = [];
  for (const row of rows) {
    const { day } = format.local(row.due_at, zone);
    let last = out.at(-1);
    if (last?.day !== day) {
      last = { day, rows: [], folded: [] };
      out.push(last);
    }
    (fold && isFolded(row) ? last.folded : last.rows).push(row);
  }
  return out;
}

/** The days that fit into `most` lines, each with how many of its lines are shown; their counts stay whole. */
export function fitting<T>(found: readonly Day<T>[], most: number): { day: Day<T>; shown: number }[] {
  const out: { day: Day<T>; shown: number }[] = [];
  let left = most;
  for (const day of found) {
    if (left <= 0) break;
    out.push({ day, shown: Math.min(left, day.rows.length) });
    left -= Math.max(1, day.rows.length);
  }
  return out;
}

export interface Lateness {
  unit: "minutes" | "hours" | "days";
  count: number;
}
/** 迟 2 天: whole units, at least one minute. */
export function lateness(seconds: number): Lateness {
  if (seconds >= 86_400) return { unit: "days", count: Math.floor(seconds / 86_400) };
  if (seconds >= 3_600) return { unit: "hours", count: Math.floor(seconds / 3_600) };
  return { unit: "minutes", count: Math.max(1, Math.floor(seconds / 60)) };
}

/** Reasons of skips, the most frequent first, 条件不满足 last: it is the one that says nothing. */
export function reasons(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(
    ([a, m], [b, n]) => Number(a === "condition") - Number(b === "condition") || n - m,
  );
}

/** Of a day: what is done, and what should have been or will be. */
export const doneOf = (day: CalendarDay) => day.fired + day.late + day.skipped;
export const allOf = (day: CalendarDay) => doneOf(day) + day.held + day.planned + day.expected;

export interface OfRecord {
  form: string;
  id: number;
  title: string | null;
  done: Decided[];
  coming: Planned[];
}
/** What happened and what will, record by record: who has something to come first comes first. */
export function byRecord(ledger: readonly Decided[], plan: readonly Planned[]): OfRecord[] {
  const found = new Map<string, OfRecord>();
  const of = (row: Decided | Planned): OfRecord => {
    const key = `${row.form}.${row.record_id}`;
    const known = found.get(key);
    if (known) return known;
    const made = { form: row.form, id: row.record_id, title: row.record_title ?? null, done: [], coming: [] };
    found.set(key, made);
    return made;
  };
  for (const row of plan) if (!isFolded(row)) of(row).coming.push(row);
  for (const row of ledger) if (!isFolded(row)) of(row).done.push(row);
  return [...found.values()];
}
