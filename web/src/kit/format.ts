/** Numbers, money, dates: how they read. Pure; money and numbers arrive as text and are never rounded through a float. */

export const BLANK = "—";
export type Locale = "zh" | "en";

const WEEKDAYS: Record<Locale, readonly string[]> = {
  zh: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
  en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
};

/** "1234567.5" -> whole and two decimals, rounded half up on the text itself. */
function rounded(value: string, decimals: number): { minus: boolean; whole: string; rest: string } {
  const minus = value.startsWith("-");
  const [head = "0", tail = ""] = value.replace(/^[-+]/, "").split(".");
  let digits = BigInt(head + tail.padEnd(decimals, "0").slice(0, decimals) || "0");
  if ((tail[decimals] ?? "0") >= "5") digits += 1n;
  const text = digits.toString().padStart(decimals + 1, "0");
  const whole = decimals ? text.slice(0, -decimals) : text;
  return { minus: minus && digits !== 0n, whole, rest: decimals ? text.slice(-decimals) : "" };
}

const grouped = (whole: string) => whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

const isNumeric = (value: string) => /^[-+]?\d*\.?\d+$|^[-+]?\d+\.$/.test(value);

function text(value: string | number | null | undefined): string | null {
  if (value === null || value === undefined || value === "") return null;
  const out = typeof value === "number" ? (Number.isFinite(value) ? toPlain(value) : "") : value;
  return out === "" ? null : out;
}

function toPlain(value: number): string {
  const out = String(value);
  return out.includes("e") ? value.toFixed(10).replace(/\.?0+$/, "") : out;
}

/** ¥1,234,567.00 · −¥1,200.00 · masked values pass unchanged */
export function money(value: string | number | null | undefined, decimals: 0 | 2 = 2): string {
  const v = text(value);
  if (v === null) return BLANK;
  if (!isNumeric(v)) return v;
  const { minus, whole, rest } = rounded(v, decimals);
  return `${minus ? "−" : ""}¥${grouped(whole)}${rest ? `.${rest}` : ""}`;
}

/** 1,234.5: as many decimals as given, at most `most` */
export function number(value: string | number | null | undefined, most = 4): string {
  const v = text(value);
  if (v === null) return BLANK;
  if (!isNumeric(v)) return v;
  const { minus, whole, rest } = rounded(v, most);
  const tail = rest.replace(/0+$/, "");
  return `${minus ? "−" : ""}${grouped(whole)}${tail ? `.${tail}` : ""}`;
}

/** 0.609 -> 60.9% */
export function percent(ratio: string | number | null | undefined, decimals = 1): string {
  const v = text(ratio);
  if (v === null) return BLANK;
  if (!isNumeric(v)) return v;
  const shifted = shift(v, 2);
  const { minus, whole, rest } = rounded(shifted, decimals);
  return `${minus ? "−" : ""}${grouped(whole)}${rest ? `.${rest}` : ""}%`;
}

/** Move the decimal point to the right (or left, negative) without floats. */
export function shift(value: string, places: number): string {
  const minus = value.startsWith("-") ? "-" : "";
  const [head = "0", tail = ""] = value.replace(/^[-+]/, "").split(".");
  if (places >= 0) {
    const moved = tail.padEnd(places, "0");
    return `${minus}${head}${moved.slice(0, places)}.${moved.slice(places) || "0"}`;
  }
  const padded = head.padStart(-places + 1, "0");
  return `${minus}${padded.slice(0, places)}.${padded.slice(places)}${tail}`;
}

export type Unit = "yuan" | "wan" | "auto";

/** 386.20 under 「单位：万元」; 亿 from 10,000 万 when `auto` */
export function inUnit(
  value: string | number | null | undefined,
  unit: Unit,
): { text: string; suffix: "" | "万" | "亿" } {
  const v = text(value);
  if (v === null || !isNumeric(v)) return { text: v ?? BLANK, suffix: "" };
  const size = Math.abs(Number(v));
  if (unit === "yuan" || (unit === "auto" && size < 10_000)) return { text: money(v), suffix: "" };
  const places = unit === "auto" && size >= 100_000_000 ? -8 : -4;
  const { minus, whole, rest } = rounded(shift(v, places), 2);
  return { text: `${minus ? "−" : ""}${grouped(whole)}.${rest}`, suffix: places === -8 ? "亿" : "万" };
}

/** Days from a to b, both YYYY-MM-DD. */
export function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(`${b}T00:00:00Z`) - Date.parse(`${a}T00:00:00Z`)) / 86_400_000);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function weekday(day: string, locale: Locale): string {
  return WEEKDAYS[locale][new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "";
}

const isDay = (value: string) => /^\d{4}-\d{2}-\d{2}/.test(value);

/** 2026-11-21; `short` drops this year in lists */
export function date(value: string | null | undefined, options: { short?: boolean; today?: string } = {}): string {
  if (!value) return BLANK;
  if (!isDay(value)) return value;
  const day = value.slice(0, 10);
  if (options.short && options.today?.slice(0, 4) === day.slice(0, 4)) return day.slice(5);
  return day;
}

/** 2026-11-21 周六, Sat 2026-11-21 */
export function dateWithWeekday(day: string, locale: Locale, today?: string): string {
  const shown = date(day, { short: today !== undefined, ...(today ? { today } : {}) });
  return locale === "zh" ? `${shown} ${weekday(day, locale)}` : `${weekday(day, locale)} ${shown}`;
}

/** The wall clock of the workspace's zone. */
export function local(moment: string, zone: string): { day: string; time: string } {
  // a record's moments arrive on that clock already, without an offset
  if (!/(Z|[+-]\d\d:?\d\d)$/.test(moment)) return { day: moment.slice(0, 10), time: moment.slice(11, 16) };
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(moment));
  return { day: parts.slice(0, 10), time: parts.slice(11, 16) };
}

export type Level = "calm" | "info" | "warn" | "urgent" | "overdue";
export interface Limits {
  info: number;
  warn: number;
  urgent: number;
}
export const LIMITS: Limits = { info: 60, warn: 30, urgent: 15 };

/** How near an end is. More than 60 days calm, 31 to 60 info, 16 to 30 warn, 0 to 15 urgent, past overdue. */
export function level(days: number, limits: Limits = LIMITS): Level {
  if (days < 0) return "overdue";
  if (days <= limits.urgent) return "urgent";
  if (days <= limits.warn) return "warn";
  if (days <= limits.info) return "info";
  return "calm";
}

/** The head of a long file name and its end. */
export function middle(name: string, most = 36): string {
  if (name.length <= most) return name;
  const tail = Math.floor(most / 3);
  return `${name.slice(0, most - tail - 1)}…${name.slice(-tail)}`;
}
