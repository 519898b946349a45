/** What a simulated span says about people and weeks. Pure. */
import * as format from "@/kit/format";
import type { Entry, Instead, Kind, PersonLoad, Run, ScriptLine, Simulation } from "./api";

/** The Monday of a day's week. */
export function monday(day: string): string {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return format.addDays(day, -weekday);
}

export function mondays(from: string, until: string): string[] {
  const out: string[] = [];
  for (let day = monday(from); day <= until; day = format.addDays(day, 7)) out.push(day);
  return out;
}

/** 0: nothing, 1 to 3: up to 40, 70, 100 % of the capacity, 4: above it, 5: above it by more than 30 % */
export type Level = 0 | 1 | 2 | 3 | 4 | 5;
export function level(count: number, capacity: number | null): Level {
  if (count <= 0) return 0;
  if (!capacity || capacity <= 0) return 1; // nothing is known of what this person can do: no judgement
  const share = count / capacity;
  return share <= 0.4 ? 1 : share <= 0.7 ? 2 : share <= 1 ? 3 : share <= 1.3 ? 4 : 5;
}

export const countIn = (person: PersonLoad, week: string) => person.weeks[week]?.count ?? 0;
export const peak = (person: PersonLoad) => Math.max(0, ...Object.values(person.weeks).map((w) => w.count));
export const weeksOver = (person: PersonLoad) =>
  Object.values(person.weeks).filter((w) => level(w.count, person.capacity) >= 4).length;

/** Those with most to bear first; who gets nothing is left out. */
export const bearing = (load: readonly PersonLoad[]) =>
  load
    .filter((p) => peak(p) > 0)
    .sort((a, b) => weeksOver(b) - weeksOver(a) || peak(b) - peak(a) || a.name.localeCompare(b.name, "zh"));

/** Who could take some of it that week: a colleague with room, most room first. */
export function room(
  load: readonly PersonLoad[],
  week: string,
  except: PersonLoad,
): { person: PersonLoad; free: number } | null {
  let best: { person: PersonLoad; free: number } | null = null;
  for (const person of load) {
    if (person.id === except.id || !person.capacity || person.department !== except.department) continue;
    const free = Math.floor(person.capacity - countIn(person, week));
    if (free > (best?.free ?? 0)) best = { person, free };
  }
  return best;
}

/** How many of the week's tasks would have to go elsewhere. */
export const surplus = (person: PersonLoad, week: string) =>
  person.capacity ? Math.max(0, Math.ceil(countIn(person, week) - person.capacity)) : 0;

export function busiest(one: Simulation): { week: string; tasks: number; peak: number; peak_on: string | null } | null {
  const [first, ...rest] = one.weeks;
  if (!first) return null;
  const top = rest.reduce((best, w) => (w.tasks > best.tasks ? w : best), first);
  return top.tasks > 0 ? { week: top.week, tasks: top.tasks, peak: top.peak, peak_on: top.peak_on } : null;
}

/** The month where it begins: 11, 12, 2027-01 */
export function monthMarks(weeks: readonly string[]): (string | null)[] {
  return weeks.map((week, i) => {
    const month = week.slice(0, 7);
    if (weeks[i - 1]?.slice(0, 7) === month) return null;
    return week.slice(0, 4) === weeks[0]?.slice(0, 4) || week.slice(5, 7) !== "01" ? week.slice(5, 7) : month;
  });
}

/** The day of the workspace on which the copy was taken. */
export const startDay = (run: Run, zone: string) => format.local(run.copied_at ?? run.asked_at, zone).day;

/** 0..1 between the day it was asked for and the last day. */
export function progress(run: Run): number {
  if (run.state === "done") return 1;
  if (!run.reached_on) return 0;
  const from = run.asked_at.slice(0, 10);
  const all = format.daysBetween(from, run.until_on);
  return all <= 0 ? 0 : Math.max(0, Math.min(1, format.daysBetween(from, run.reached_on) / all));
}

export const months = (run: Run) =>
  Math.max(1, Math.round(format.daysBetween(run.asked_at.slice(0, 10), run.until_on) / 30.4));

/** The script with this kind done after so many days by this outcome; without days it is not done. */
export function setLine(
  lines: readonly ScriptLine[],
  kind: Pick<Kind, "form" | "key">,
  days: number | null,
  outcome: string | null,
): ScriptLine[] {
  const rest = lines.filter((l) => l.form !== kind.form || l.key !== kind.key);
  return days === null ? rest : [...rest, { form: kind.form, key: kind.key, days, outcome }];
}

/** What a pair of figures differs by: +3, -2, or null when it is the same. */
export const difference = (first: number, second: number): string | null =>
  first === second ? null : `${second > first ? "+" : "-"}${format.number(Math.abs(second - first), 0)}`;

/** At most two chosen: a third takes the place of the first. */
export const choose = (chosen: readonly number[], id: number): number[] =>
  chosen.includes(id) ? chosen.filter((x) => x !== id) : [...chosen, id].slice(-2);

/** What can be simulated of a process: what is in force (""), its draft, its last older versions. */
export function versionsOf(number: number | null, drafted: boolean): { value: string; number: number | null }[] {
  const older = Array.from({ length: Math.min(3, Math.max(0, (number ?? 0) - 1)) }, (_, i) => (number ?? 0) - 1 - i);
  return [
    ...(number === null ? [] : [{ value: "", number }]),
    ...(drafted ? [{ value: "draft", number: null }] : []),
    ...older.map((n) => ({ value: String(n), number: n })),
  ];
}
/** A new process has nothing but its draft. */
export function insteadOf(process: string, version: string, migrate: boolean): Instead | null {
  if (!process || !version) return null;
  return { process, version: version === "draft" ? null : Number(version), migrate };
}

/** Steps of a record that the other run has not: the n-th of a kind and name, however early or late. */
export function onlyHere(here: readonly Entry[], there: readonly Entry[]): Set<number> {
  const left = new Map<string, number>();
  const name = (e: Entry) => `${e.kind}.${e.label}.${e.name ?? ""}`;
  for (const e of there) left.set(name(e), (left.get(name(e)) ?? 0) + 1);
  const found = new Set<number>();
  here.forEach((e, i) => {
    const n = left.get(name(e)) ?? 0;
    if (n > 0) left.set(name(e), n - 1);
    else found.add(i);
  });
  return found;
}
