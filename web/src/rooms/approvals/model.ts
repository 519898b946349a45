/** An approval without its screen: what changed in a text, how the votes stand, what an act asks for. */
import { Problem } from "@/api";
import type { IconName } from "@/kit";
import { type Form, layoutOf } from "@/rooms/forms";
import type { Tone } from "@/theme/tokens";
import type { Act, Approval, ApprovalRow, ApprovalStep, ReturnStep, View, Vote } from "./api";

export const VIEWS: readonly View[] = ["mine", "done", "sent", "copied"];
export const viewOf = (text: string | null): View => VIEWS.find((one) => one === text) ?? "mine";

/** A text before and after: what both begin with, what differs, what both end with. */
export interface Differs {
  head: string;
  before: string;
  after: string;
  tail: string;
}

/** Numbers and latin words are not taken apart, every other character stands for itself. */
const pieces = (text: string) => text.match(/[\p{Script=Latin}\d.,]+|./gsu) ?? [];

export function differing(before: string, after: string): Differs {
  const [a, b] = [pieces(before), pieces(after)];
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return {
    head: a.slice(0, head).join(""),
    before: a.slice(head, a.length - tail).join(""),
    after: b.slice(head, b.length - tail).join(""),
    tail: a.slice(a.length - tail).join(""),
  };
}

/** How a vote looks in the trail. */
export const LOOKS: Record<Vote["state"], { icon: IconName; tone: Tone }> = {
  asked: { icon: "clock", tone: "warn" },
  waiting: { icon: "clock", tone: "plain" },
  approved: { icon: "check", tone: "brand" },
  given: { icon: "chat", tone: "info" },
  rejected: { icon: "close", tone: "urgent" },
  returned: { icon: "undo", tone: "urgent" },
  handed: { icon: "transfer", tone: "plain" },
  dropped: { icon: "forbid", tone: "plain" },
  skipped: { icon: "rightward", tone: "plain" },
  closed: { icon: "forbid", tone: "plain" },
};

/** Whoever a vote is about: who decided it, whom it waits for, who is named; several hold a role. */
export function whose(vote: Vote): string[] {
  const one = vote.decided_by ?? vote.turn ?? vote.person;
  return one ? [one.name] : vote.candidates;
}

export const currentStep = (page: Approval): ApprovalStep | undefined =>
  page.trail.find((one): one is ApprovalStep => one.kind === "approval" && one.current);

/** Somebody who decided for all: the last who did, when the approval is over and I have nothing to do. */
export function decider(page: Approval): { name: string; state: "approved" | "rejected" | "returned" } | null {
  if (page.approval_state === "open") return null;
  const done = (currentStep(page)?.votes ?? [])
    .filter((one) => one.decided_by && one.decided_at && ["approved", "rejected", "returned"].includes(one.state))
    .sort((a, b) => (a.decided_at ?? "").localeCompare(b.decided_at ?? ""));
  const last = done.at(-1);
  return last?.decided_by
    ? { name: last.decided_by.name, state: last.state as "approved" | "rejected" | "returned" }
    : null;
}

/** Where it was sent back to and is not done again yet. */
export function sentBack(page: Approval): ReturnStep | null {
  const open = page.trail.filter((one): one is ReturnStep => one.kind === "return" && one.over_at === null);
  return open.at(-1) ?? null;
}

/** Whom an approval waits for now. */
export const waitingFor = (page: Approval): string[] => [
  ...new Set(
    (currentStep(page)?.votes ?? []).filter((one) => one.state === "asked" && one.counts).flatMap((one) => whose(one)),
  ),
];

/** Must something be said with this act? */
export function opinionNeeded(page: Pick<Approval, "opinion">, act: Act): boolean {
  if (act === "give") return true;
  if (act === "approve") return page.opinion === "always";
  if (act === "reject" || act === "return") return page.opinion !== "none";
  return page.opinion === "always" && act === "transfer";
}

/** What stands over the page: the record first, where the title does not name it. */
export const headOf = (row: Pick<ApprovalRow, "record_title" | "title">): string =>
  row.record_title && !row.title.includes(row.record_title) ? `${row.record_title} ${row.title}` : row.title;

/** Where a page of mine stands among those that wait, and its neighbours. */
export interface Place {
  number: number;
  before: number | null;
  after: number | null;
}
export function placeOf(rows: readonly ApprovalRow[], vote: number): Place | null {
  const at = rows.findIndex((one) => one.vote === vote);
  if (at < 0) return null;
  return { number: at + 1, before: rows[at - 1]?.vote ?? null, after: rows[at + 1]?.vote ?? null };
}
/** What opens when this one is done: the next, else the one before. */
export function nextAfter(rows: readonly ApprovalRow[], vote: number): number | null {
  const place = placeOf(rows, vote);
  return place?.after ?? place?.before ?? null;
}

/** A refusal at the places it is about: opinion, signature, files, a field of the record; `""` of the whole. */
export function faultsOf(error: unknown, text: string): Record<string, string> {
  if (!(error instanceof Problem)) return { "": text };
  const many = error.facts.errors;
  const all =
    Array.isArray(many) && many.length > 0
      ? (many as { field: string | null; text: string }[])
      : [{ field: error.path, text }];
  return Object.fromEntries(all.map((one) => [(one.field ?? "").replace(/^values\./, ""), one.text]));
}

/** Somebody was first, or it is over: the page has to be read again. */
export const isOver = (error: unknown) => error instanceof Problem && (error.status === 409 || error.status === 403);

/** What may be read here, in the sections of the form's layout; `label` is empty where it has none. */
export interface Group {
  label: string;
  label_en?: string | undefined;
  keys: string[];
}
const LEADING = 2; // sections that a form begins with say what it is about

/** `every`: all sections; else those it begins with, and whatever stands in one that says what has changed. */
export function groupsOf(form: Form, readable: readonly string[], every: boolean, moved: ReadonlySet<string>): Group[] {
  const may = new Set(readable);
  const found = layoutOf(form)
    .flatMap((tab) => tab.sections)
    .map((one) => ({
      label: one.label ?? "",
      label_en: one.label_en,
      keys: one.cells.flatMap((cell) => (cell.field !== undefined && may.has(cell.field) ? [cell.field] : [])),
    }))
    .filter((one) => one.keys.length > 0);
  return every ? found : found.filter((one, n) => n < LEADING || one.keys.some((key) => moved.has(key)));
}
