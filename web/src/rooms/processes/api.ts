import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";

export type Outcome = "fired" | "late" | "skipped" | "held";

/** 应发生 = 准时 + 补做 + 跳过 + 暂停 + 遗漏, over all records whoever asks */
export interface Proof {
  at: string;
  owed: number;
  fired: number;
  late: number;
  skipped: number;
  held: number;
  missing: number;
  uncovered: number;
  /** of the skipped ones */
  reasons: Record<string, number>;
}

interface Occurrence {
  due_at: string;
  kind: "start" | "wait";
  process: string;
  key: string;
  label: string;
  label_en: string | null;
  form: string;
  record_id: number;
  /** the date of the record it is counted from */
  basis: string | null;
  record_title?: string | null;
}

/** What will fall due; `certain` false is 预计, `wanted` false would be skipped by the present values. */
export interface Planned extends Occurrence {
  certain: boolean;
  held: boolean;
  wanted: boolean;
}

/** What was decided. */
export interface Decided extends Occurrence {
  id: number;
  decided_at: string;
  outcome: Outcome;
  reason: string | null;
  held_at: string | null;
  instance_id: number | null;
  late_s: number;
}

export interface Uncovered {
  process: string;
  form: string;
  record_id: number;
  record_title: string;
  basis: string | null;
  /** import, ended, hold, or the words of a person */
  reason: string | null;
  by: { kind?: string; id?: number; label?: string; name?: string } | null;
  at: string | null;
}

/** One thing checked; `alarm` false: worth a look, allowed. */
export interface Finding {
  check: string;
  count: number;
  ok: boolean;
  alarm: boolean;
  examples: Record<string, unknown>[];
}

export interface Listed {
  key: string;
  form: string;
  version: number;
  published_at: string;
  label: string;
  label_en: string | null;
  about: string | null;
  open: number;
  stuck: number;
}

export type NodeKind =
  | "task"
  | "approval"
  | "condition"
  | "parallel"
  | "inclusive"
  | "join"
  | "wait"
  | "update"
  | "create"
  | "notify"
  | "end"
  | (string & {});

/** A node with how many stand at it (of any version), how many passed, and their median stay. */
export interface Node {
  key: string;
  kind: NodeKind;
  label: string;
  label_en: string | null;
  spec: Record<string, unknown>;
  targets: string[];
  here: number;
  held: number;
  stuck: number;
  passed: number | null;
  median_s: number | string | null;
}

export interface Start {
  key: string;
  kind: string;
  label?: string;
  label_en?: string;
  [setting: string]: unknown;
}

export interface Picture {
  key: string;
  label: string;
  label_en: string | null;
  about: string | null;
  form: string;
  version: number;
  first: string;
  nodes: Node[];
  edges: { from: string; to: string; label: string }[];
  start: Start[];
  open: number;
}

export const MOST = 1000;

export const proofQuery = (days: number) =>
  queryOptions({
    queryKey: keys.plan({ proof: days }),
    queryFn: ({ signal }) => api.get<Proof>(`/proof${query({ days })}`, signal),
  });

export interface PlanShape {
  days?: number;
  /** only what falls on this day */
  day?: string;
  process?: string;
  /** only of records that are this person's */
  owner?: number;
}
export const planQuery = (shape: PlanShape) =>
  queryOptions({
    queryKey: keys.plan(shape),
    queryFn: ({ signal }) => api.get<Planned[]>(`/plan${query({ ...shape, limit: MOST })}`, signal),
  });

/** One day of plan and ledger: what was decided, what it asked and told, what is still to come. */
export interface CalendarDay {
  day: string;
  off: boolean;
  fired: number;
  late: number;
  held: number;
  skipped: number;
  tasks: number;
  mails: number;
  planned: number;
  expected: number;
}
export const calendarQuery = (shape: { since: string; until: string; process?: string; owner?: number }) =>
  queryOptions({
    queryKey: keys.plan({ calendar: shape }),
    queryFn: ({ signal }) => api.get<CalendarDay[]>(`/plan/calendar${query(shape)}`, signal),
  });

export interface LedgerShape extends PlanShape {
  outcome?: string;
  reason?: string;
}
export const ledgerQuery = (shape: LedgerShape) =>
  queryOptions({
    queryKey: keys.ledger(shape),
    queryFn: ({ signal }) => api.get<Decided[]>(`/ledger${query({ ...shape, limit: MOST })}`, signal),
  });

export const uncoveredQuery = queryOptions({
  queryKey: keys.uncovered(null),
  queryFn: ({ signal }) => api.get<Uncovered[]>("/uncovered", signal),
});
export const doctorQuery = queryOptions({
  queryKey: keys.doctor,
  queryFn: ({ signal }) => api.get<Finding[]>("/doctor", signal),
});
export const processesQuery = queryOptions({
  queryKey: keys.processes,
  queryFn: ({ signal }) => api.get<Listed[]>("/processes", signal),
  staleTime: 30_000,
});
export const processQuery = (key: string) =>
  queryOptions({
    queryKey: keys.process(key),
    queryFn: ({ signal }) => api.get<Picture>(`/processes/${key}`, signal),
    staleTime: 10_000,
  });

/** Which records a count stands for; without a node, all open ones of the process. */
export type Standing = "here" | "held" | "stuck";
interface AtNode {
  form: string;
  count: number;
  records: { id: number; title: string | null }[];
  next: number | null;
}
export const atNodeQuery = (key: string, node: string | null, what: Standing) =>
  infiniteQueryOptions({
    queryKey: [...keys.process(key), "records", node, what] as const,
    queryFn: ({ signal, pageParam }) =>
      api.get<AtNode>(`/processes/${key}/records${query({ node, what, after: pageParam, limit: 50 })}`, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next,
  });

export const rolesQuery = queryOptions({
  queryKey: ["roles"] as const,
  queryFn: ({ signal }) => api.get<{ key: string; label: string; label_en: string | null }[]>("/roles", signal),
  staleTime: 300_000,
});

export const takeIn = (process: string, records: number[]) =>
  api.post<void>(`/processes/${process}/take-in`, { records });
export const leaveOut = (process: string, records: number[], reason: string) =>
  api.post<void>(`/processes/${process}/leave-out`, { records, reason });
