/** Tasks by urgency, without a screen. */
import { Problem } from "@/api";
import { daysBetween, local } from "@/kit/format";
import type { Value } from "@/rooms/records";
import { type FileRef, filesOf } from "@/rooms/records/special_model";
import type { Fill, Task } from "./api";

export type Bucket = "overdue" | "today" | "week" | "later" | "undated";
export const BUCKETS: readonly Bucket[] = ["overdue", "today", "week", "later", "undated"];

export interface At {
  today: string;
  now: string;
  zone: string;
}

/** The day a task is due, on the workspace's clock. */
export const dueDay = (task: Task, at: At): string | null => (task.due_at ? local(task.due_at, at.zone).day : null);

export function bucket(task: Task, at: At): Bucket {
  const day = dueDay(task, at);
  if (day === null || task.due_at === null) return "undated";
  const ahead = daysBetween(at.today, day);
  if (ahead < 0 || (ahead === 0 && Date.parse(task.due_at) < Date.parse(at.now))) return "overdue";
  if (ahead === 0) return "today";
  return ahead <= 7 ? "week" : "later";
}

export interface Pile {
  bucket: Bucket;
  tasks: Task[];
}

/** Piles in the order of urgency; inside one: high priority first, then by due moment. */
export function piles(tasks: readonly Task[], at: At, shown: readonly Bucket[] = BUCKETS): Pile[] {
  return shown
    .map((b) => ({
      bucket: b,
      tasks: tasks
        .filter((t) => bucket(t, at) === b)
        .sort((x, y) => y.priority - x.priority || (x.due_at ?? "9").localeCompare(y.due_at ?? "9") || x.id - y.id),
    }))
    .filter((p) => p.tasks.length > 0);
}

export type TaskTab = "today" | "overdue" | "week" | "all" | "done";
export const SHOWN: Record<Exclude<TaskTab, "done">, readonly Bucket[]> = {
  today: ["overdue", "today"],
  overdue: ["overdue"],
  week: ["overdue", "today", "week"],
  all: BUCKETS,
};

export const countOf = (tasks: readonly Task[], at: At, shown: readonly Bucket[]) =>
  tasks.filter((t) => shown.includes(bucket(t, at))).length;

/** What must be asked before this task can be finished with this outcome. */
export function asked(task: Task, outcome: string | null): Fill[] {
  const more = task.outcomes.find((o) => o.key === outcome)?.fill ?? [];
  const all = [...task.fill, ...more];
  return all.filter((f, i) => all.findIndex((g) => g.field === f.field) === i);
}

/** The fields that a refusal names as missing. */
export function lacking(error: unknown): readonly string[] {
  const named = error instanceof Problem && error.code === "tasks.required" ? error.facts.fields : null;
  return Array.isArray(named) ? (named as string[]) : [];
}

export const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** One click is enough. */
export const isPlain = (task: Task) => task.fill.length === 0 && task.outcomes.length === 0;

/** A task's own title; where it is just the label of its kind, the label in the reader's language. */
export const titleOf = (task: Task, label: (thing: { label: string; label_en: string | null }) => string): string =>
  task.title && task.title !== task.label ? task.title : label(task);

/** What was added to the files that stood there. */
export function freshOf(before: Value | undefined, value: Value | undefined): FileRef[] {
  const old = new Set(filesOf(before).map((one) => one.file));
  return filesOf(value).filter((one) => !old.has(one.file));
}
