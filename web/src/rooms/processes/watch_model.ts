/** What the watching page works out by itself: periods, changes, words of a duration, ways on lines. Pure. */
import { format } from "@/kit";
import type { Behind, Period, Stage, WatchedEdge, WatchedNode } from "./watch_api";

export type Preset = "30" | "90" | "quarter" | "custom";
export const PRESETS: readonly Preset[] = ["30", "90", "quarter", "custom"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The period that the address names; today's day is its last. Something unreadable is the last 30 days. */
export function periodOf(params: URLSearchParams, today: string): { preset: Preset; period: Period } {
  const asked = params.get("period");
  const [since, until] = [params.get("since") ?? "", params.get("until") ?? ""];
  if (asked === "custom" && DAY.test(since) && DAY.test(until) && since <= until)
    return { preset: "custom", period: { since, until } };
  if (asked === "quarter") return { preset: "quarter", period: { since: quarterStart(today), until: today } };
  if (asked === "90") return { preset: "90", period: { since: format.addDays(today, -89), until: today } };
  return { preset: "30", period: { since: format.addDays(today, -29), until: today } };
}

export function quarterStart(day: string): string {
  const month = Number(day.slice(5, 7));
  return `${day.slice(0, 4)}-${String(month - ((month - 1) % 3)).padStart(2, "0")}-01`;
}

export const daysOf = (period: Period) => format.daysBetween(period.since, period.until) + 1;

/** By how much a figure grew against the period before; null: there is nothing to compare with. */
export function change(now: number, was: number): number | null {
  return was === 0 ? null : (now - was) / was;
}

export interface Span {
  unit: "days" | "hours" | "minutes";
  n: string;
}
/** Seconds as what people say: 2.1 days, 5 hours, 20 minutes; under a minute there is nothing to say. */
export function span(seconds: number | null | undefined): Span | null {
  if (seconds === null || seconds === undefined || seconds < 60) return null;
  const [unit, size]: [Span["unit"], number] =
    seconds >= 86_400 ? ["days", 86_400] : seconds >= 3_600 ? ["hours", 3_600] : ["minutes", 60];
  const n = seconds / size;
  return { unit, n: unit === "minutes" || n >= 100 ? String(Math.round(n)) : n.toFixed(1).replace(/\.0$/, "") };
}

/** The ways between two nodes of the picture, by `from>to`. */
export const byWay = (edges: readonly WatchedEdge[]) => new Map(edges.map((e) => [`${e.from}>${e.to}`, e]));

/** Does what leaves here go one way or another, so that a share says something? All branches of a split are gone. */
export const forks = (edges: readonly WatchedEdge[], from: string) => {
  const ways = edges.filter((e) => e.from === from);
  return ways.length > 1 && ways.some((e) => e.share < 1);
};

/** Widths of a funnel's bars, of the widest. */
export function widths(stages: readonly Stage[]): number[] {
  const most = Math.max(1, ...stages.map((s) => s.count));
  return stages.map((s) => s.count / most);
}

/** Nothing went on in the period, and nothing stands anywhere. */
export const silent = (nodes: readonly WatchedNode[]) => nodes.every((n) => n.visits === 0 && n.here === 0);

/** What an address says of the figure that is open; null: none. */
export function behindOf(text: string | null): Behind | null {
  if (!text) return null;
  const [of, node, to, ...stage] = text.split("/");
  const kinds = ["passed", "beyond", "way", "overdue", "began", "ended", "stage"];
  if (!of || !kinds.includes(of)) return null;
  return {
    of: of as Behind["of"],
    ...(node && { node }),
    ...(to && { to }),
    ...(stage.length > 0 && stage[0] && { stage: stage.join("/") }),
  };
}
export const addressOf = (what: Behind) => [what.of, what.node ?? "", what.to ?? "", what.stage ?? ""].join("/");
