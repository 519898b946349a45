import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { Value } from "./api";

/** What the system does by itself stops for a record until a moment. */
export interface Hold {
  id: number;
  form: string;
  record_id: number;
  reason: string;
  since: string;
  until: string;
}

export interface Instance {
  id: number;
  process: string;
  label: string;
  label_en: string | null;
  state: string;
  basis: string | null;
  started_at: string;
  ended_at: string | null;
  /** who began it before its date, and why */
  begun: { by: string | null; reason: string } | null;
  /** the process that has begun it */
  called_by: { process: string; label: string; label_en: string | null } | null;
  nodes:
    | {
        key: string;
        kind: string;
        label: string;
        label_en: string | null;
        state: string;
        wake_at: string | null;
        /** of what it waits for, as far as I may read it */
        children?: { over: number; of: number };
      }[]
    | null;
}

/** An instance that another one has begun, or waits for. */
export interface Child {
  id: number;
  form: string;
  record_id: number;
  record_title: string | null;
  state: "open" | "finished" | "cancelled" | "superseded" | "suspended";
  begun: boolean;
}

/** Something that falls due; `certain` false: 预计. */
export interface Due {
  due_at: string;
  kind: string;
  certain: boolean;
  process: string;
  key: string;
  label: string;
  label_en: string | null;
  held: boolean;
  wanted: boolean;
}

export interface Decided {
  id: number;
  due_at: string;
  decided_at: string | null;
  outcome: "fired" | "late" | "held" | "skipped";
  reason: string | null;
  process: string;
  key: string;
  kind: string;
  label: string;
  label_en: string | null;
  late_s: number;
}

const of = (form: string, id: number) => ({ form, record_id: id });
export const recordProcesses = (form: string, id: number) =>
  queryOptions({
    queryKey: [...keys.record(form, id), "processes"],
    queryFn: ({ signal }) =>
      api.get<{ instances: Instance[]; holds: Hold[] }>(`/forms/${form}/${id}/processes`, signal),
  });
export const recordChildren = (form: string, id: number, instance: number, node: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.record(form, id), "processes", instance, node],
    queryFn: ({ signal, pageParam }) =>
      api.get<{ rows: Child[]; next: number | null }>(
        `/forms/${form}/${id}/processes/${instance}/children${query({ node, after: pageParam })}`,
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });
export const recordPlan = (form: string, id: number) =>
  queryOptions({
    queryKey: [...keys.record(form, id), "plan"],
    queryFn: ({ signal }) => api.get<Due[]>(`/plan${query({ ...of(form, id), days: 400, limit: 50 })}`, signal),
  });
export const recordLedger = (form: string, id: number) =>
  queryOptions({
    queryKey: [...keys.record(form, id), "ledger"],
    queryFn: ({ signal }) => api.get<Decided[]>(`/ledger${query({ ...of(form, id), limit: 100 })}`, signal),
  });
export const holdsQuery = (form: string) =>
  queryOptions({
    queryKey: [...keys.form(form), "holds"],
    queryFn: ({ signal }) => api.get<Hold[]>(`/holds${query({ form })}`, signal),
    staleTime: 60_000,
  });
export const hold = (form: string, id: number, until: string, reason: string) =>
  api.post<{ id: number }>("/holds", { form, record_id: id, until, reason });
export const endHold = (id: number) => api.post<void>(`/holds/${id}/end`);

/** Old plan against new, before an edit is saved. */
export interface PlanChange {
  before: Due[];
  after: Due[];
  dropped: Due[];
  added: Due[];
}
export const previewPlan = (
  form: string,
  id: number,
  version: number,
  values: Record<string, Value>,
  signal?: AbortSignal,
) => api.post<PlanChange>("/plan/preview", { form, record_id: id, version, values }, signal);
