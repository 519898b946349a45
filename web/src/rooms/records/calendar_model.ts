/** Days of a calendar, as texts 2026-11-21; weeks begin on Monday. */
import { addDays } from "@/kit/format";

export type Span = "month" | "week";

const weekday = (day: string) => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
export const monday = (day: string) => addDays(day, -weekday(day));

/** The days that are shown: a week, or the whole weeks of a month. */
export function daysOf(day: string, span: Span): string[] {
  const first = monday(span === "week" ? day : `${day.slice(0, 8)}01`);
  if (span === "week") return week(first);
  const days: string[] = [];
  for (let at = first; at.slice(0, 7) <= day.slice(0, 7); at = addDays(at, 7)) days.push(...week(at));
  return days;
}
const week = (first: string) => Array.from({ length: 7 }, (_, i) => addDays(first, i));

/** The same day of another month, or its last. */
export function shiftMonth(day: string, by: number): string {
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + by;
  const first = `${String(Math.floor(months / 12)).padStart(4, "0")}-${String((months % 12) + 1).padStart(2, "0")}-01`;
  const next = addDays(first, 31).slice(0, 8);
  const last = Number(addDays(`${next}01`, -1).slice(8));
  return first.slice(0, 8) + String(Math.min(Number(day.slice(8)), last)).padStart(2, "0");
}
export const step = (day: string, span: Span, by: number) =>
  span === "week" ? addDays(day, 7 * by) : shiftMonth(day, by);

const date = (day: string) => `DATE(${day.split("-").map(Number).join(", ")})`;
/** Rows whose date lies among these days. */
export const among = (by: string, days: readonly string[]) =>
  `AND(${by} >= ${date(days[0] ?? "")}, ${by} <= ${date(days.at(-1) ?? "")})`;

const ARROWS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
/** The day that a key leads to; null: the key leads nowhere. */
export function dayAfter(key: string, day: string): string | null {
  if (key in ARROWS) return addDays(day, ARROWS[key] ?? 0);
  if (key === "PageUp" || key === "PageDown") return shiftMonth(day, key === "PageUp" ? -1 : 1);
  return null;
}
