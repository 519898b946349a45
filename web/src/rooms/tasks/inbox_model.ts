/** The inbox without a screen: its address, its piles, and what may be done to what is chosen. */
import { addDays, daysBetween } from "@/kit/format";
import type { InboxShape, Load, Task } from "./api";
import { type At, BUCKETS, type Bucket, bucket } from "./model";

export type Tab = "mine" | "team" | "sent";
export type Part = "all" | Bucket | "snoozed" | "done";
export const PARTS: readonly Part[] = ["all", ...BUCKETS, "snoozed", "done"];
export type Layout = "list" | "board" | "calendar";
export type GroupBy = "due" | "customer" | "none";

export interface InboxState {
  tab: Tab;
  part: Part;
  layout: Layout;
  group: GroupBy;
  sort: "due" | "priority" | "new";
  /** process.form.kind, or empty */
  kind: string;
  priority: number | null;
  claimable: boolean;
  search: string;
  /** of the team: one person's tasks alone, 0: nobody's */
  person: number | null;
  /** of the calendar */
  day: string | null;
  span: "month" | "week";
}

const oneOf = <T extends string>(value: string | null, known: readonly T[], usual: T): T =>
  known.includes(value as T) ? (value as T) : usual;
const numberOf = (value: string | null): number | null =>
  value !== null && /^-?\d{1,15}$/.test(value) ? Number(value) : null;

export function readInbox(params: URLSearchParams): InboxState {
  return {
    tab: oneOf(params.get("tab"), ["mine", "team", "sent"], "mine"),
    part: oneOf(params.get("part"), PARTS, "all"),
    layout: oneOf(params.get("as"), ["list", "board", "calendar"], "list"),
    group: oneOf(params.get("by"), ["due", "customer", "none"], "due"),
    sort: oneOf(params.get("sort"), ["due", "priority", "new"], "due"),
    kind: params.get("kind") ?? "",
    priority: numberOf(params.get("priority")),
    claimable: params.get("role") === "1",
    search: params.get("q") ?? "",
    person: numberOf(params.get("person")),
    day: /^\d{4}-\d\d-\d\d$/.test(params.get("day") ?? "") ? params.get("day") : null,
    span: oneOf(params.get("span"), ["month", "week"], "month"),
  };
}

const NAMES: Record<keyof InboxState, string> = {
  tab: "tab",
  part: "part",
  layout: "as",
  group: "by",
  sort: "sort",
  kind: "kind",
  priority: "priority",
  claimable: "role",
  search: "q",
  person: "person",
  day: "day",
  span: "span",
};
const USUAL = readInbox(new URLSearchParams());

/** The address with these parts changed; what is usual is left out. */
export function writeInbox(params: URLSearchParams, part: Partial<InboxState>): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [key, value] of Object.entries(part) as [keyof InboxState, unknown][]) {
    if (value === USUAL[key] || value === null || value === "") next.delete(NAMES[key]);
    else next.set(NAMES[key], value === true ? "1" : String(value));
  }
  return next;
}

/** What the server is asked for a list. Customers stand together only in an order by customer. */
export function shapeOf(state: InboxState): InboxShape {
  const [process = "", form = "", kind = ""] = state.kind.split(".");
  return {
    view: state.tab === "team" ? "team" : state.part === "snoozed" ? "later" : "mine",
    ...((BUCKETS as readonly string[]).includes(state.part) ? { due: state.part } : {}),
    ...(process ? { process } : {}),
    ...(form ? { form } : {}),
    ...(kind ? { kind } : {}),
    ...(state.priority !== null ? { priority: state.priority } : {}),
    ...(state.claimable ? { claimable: true } : {}),
    ...(state.search ? { search: state.search } : {}),
    ...(state.tab === "team" && state.person !== null ? { person: state.person } : {}),
    sort: state.tab === "mine" && state.group === "customer" ? "customer" : state.sort,
  };
}
export const isNarrowed = (state: InboxState) =>
  state.kind !== "" || state.priority !== null || state.claimable || state.search !== "";

export interface Group {
  key: string;
  tasks: Task[];
}
/** Rows as they came, cut where the group changes. */
export function grouped(rows: readonly Task[], by: GroupBy, at: At): Group[] {
  if (by === "none") return rows.length ? [{ key: "", tasks: [...rows] }] : [];
  const keyOf = (task: Task) => (by === "due" ? bucket(task, at) : (task.customer ?? task.record_title ?? ""));
  const found = new Map<string, Task[]>();
  for (const row of rows) found.set(keyOf(row), [...(found.get(keyOf(row)) ?? []), row]);
  const groups = [...found].map(([key, tasks]) => ({ key, tasks }));
  return by === "due"
    ? groups.sort((x, y) => BUCKETS.indexOf(x.key as Bucket) - BUCKETS.indexOf(y.key as Bucket))
    : groups;
}

/** Many can be finished at once when they are of one kind and none is decided on a page of its own. */
export function finishable(tasks: readonly Task[]): boolean {
  const [first] = tasks;
  return (
    first !== undefined &&
    !first.fill.some((f) => f.seal) &&
    tasks.every((t) => t.form === first.form && t.kind === first.kind && t.state === "open" && !t.approval) &&
    tasks.every((t) => JSON.stringify([t.fill, t.outcomes]) === JSON.stringify([first.fill, first.outcomes]))
  );
}

/** 明天, 下周一: mornings of the workspace. */
export function snoozeChoices(today: string): { key: "tomorrow" | "monday"; until: string }[] {
  const weekday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7;
  const tomorrow = addDays(today, 1);
  const monday = addDays(today, 7 - weekday);
  return [
    { key: "tomorrow" as const, until: `${tomorrow}T00:00:00` },
    ...(monday === tomorrow ? [] : [{ key: "monday" as const, until: `${monday}T00:00:00` }]),
  ];
}

/** The day that the chip counts to: the term of the process, else the end of the record. */
export const basisOf = (task: Task): string | null => task.basis ?? task.end_date ?? null;

/** This week's work, and how it stands to what somebody can do. */
export const weekOf = (load: Load) => load.overdue + load.today + load.week;
export const overOf = (load: Load) => weekOf(load) - load.capacity;

/** Parts of a bar whose whole is the larger of what there is and what can be done, as percentages. */
export function bar(load: Load, more = 0) {
  const whole = Math.max(weekOf(load) + more, load.capacity, 1) * 1.12;
  const part = (n: number) => Math.round((n / whole) * 1000) / 10;
  return {
    overdue: part(load.overdue),
    today: part(load.today),
    week: part(load.week),
    more: part(more),
    mark: part(load.capacity),
  };
}

/** How many of these are due this week: what a load gains by them. */
export function dueThisWeek(tasks: readonly Task[], at: At): number {
  const weekday = (new Date(`${at.today}T00:00:00Z`).getUTCDay() + 6) % 7;
  const monday = addDays(at.today, 7 - weekday);
  return tasks.filter((t) => t.due_at !== null && daysBetween(t.due_at.slice(0, 10), monday) > 0).length;
}
