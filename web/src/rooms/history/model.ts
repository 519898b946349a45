/** A month of days and the moments that a history speaks of, without a screen. */

export interface Month {
  year: number;
  month: number;
}

export const monthOf = (day: string): Month => ({ year: Number(day.slice(0, 4)), month: Number(day.slice(5, 7)) });

export function step({ year, month }: Month, by: number): Month {
  const at = year * 12 + month - 1 + by;
  return { year: Math.floor(at / 12), month: (at % 12) + 1 };
}

const iso = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Whole weeks from Monday to Sunday that cover the month. */
export function weeks({ year, month }: Month): string[][] {
  const first = Date.UTC(year, month - 1, 1);
  const last = Date.UTC(year, month, 0);
  const start = first - ((new Date(first).getUTCDay() + 6) % 7) * 86_400_000;
  const rows: string[][] = [];
  for (let at = start; at <= last; at += 7 * 86_400_000)
    rows.push(Array.from({ length: 7 }, (_, i) => iso(at + i * 86_400_000)));
  return rows;
}

/** The day before the month of `today` began. */
export const endOfLastMonth = (today: string) => iso(Date.parse(`${today.slice(0, 8)}01`) - 86_400_000);
export const dayBefore = (day: string) => iso(Date.parse(day) - 86_400_000);

export const isDay = (at: string) => /^\d{4}-\d{2}-\d{2}$/.test(at);
export const isMoment = (at: string) => isDay(at) || /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(at);
/** As a person reads it. */
export const readable = (at: string) => at.slice(0, 16).replace("T", " ");

/** What a list of values is called: related records, persons, files. */
export function named(value: unknown): string | null {
  if (Array.isArray(value)) return value.map((one) => named(one) ?? String(one)).join("、");
  if (typeof value !== "object" || value === null) return null;
  const one = value as Record<string, unknown>;
  if (one.denied === true) return "…";
  const said = one.label ?? one.name ?? one.number;
  if (said !== undefined && said !== null) return String(said);
  return Array.isArray(one.files) ? named(one.files) : null;
}

/** What two texts share at their ends, and what of each lies between: 一次性付清 -> 分期付清 differ in 一次性 and 分期. */
export function between(a: string, b: string): { head: string; a: string; b: string; tail: string } {
  const [one, two] = [[...a], [...b]];
  const least = Math.min(one.length, two.length);
  let head = 0;
  while (head < least && one[head] === two[head]) head++;
  let tail = 0;
  while (tail < least - head && one[one.length - 1 - tail] === two[two.length - 1 - tail]) tail++;
  const cut = (text: string[], from: number, to: number) => text.slice(from, to).join("");
  return {
    head: cut(one, 0, head),
    a: cut(one, head, one.length - tail),
    b: cut(two, head, two.length - tail),
    tail: cut(one, one.length - tail, one.length),
  };
}
