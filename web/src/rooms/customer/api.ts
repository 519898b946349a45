import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";
import type { Value } from "@/rooms/records";
import { countQuery } from "@/rooms/records";
import type { Seal } from "@/rooms/records/seal_line";

type Schemas = components["schemas"];
export type StreamPage = Schemas["StreamPage"];
export type StreamKind = Schemas["StreamKind"];
export type Entry = Schemas["StreamEntry"];

/** What an entry tells, by its kind. */
export interface ToldRecord {
  values: Record<string, Value>;
  who: string | null;
  /** it has a day of its own, no moment */
  dated: boolean;
}
export interface ToldTask {
  label: string;
  label_en: string | null;
  state: "open" | "done" | "closed";
  due_at: string | null;
  outcome: { label: string; label_en?: string | null } | null;
  assignee: string | null;
  finished_by: string | null;
  sealed?: Seal[];
}
export interface ToldMessage {
  subject: string;
  name: string | null;
  template: string | null;
  state: string;
  why: string | null;
}
/** What came in; without words where the reader may not see the contact or what was answered. */
export interface ToldReply {
  kind: "reply" | "automatic" | "bounce" | "other";
  sender: string | null;
  name: string | null;
  subject: string | null;
  text: string | null;
  attachments: string[];
}
export interface ToldComment {
  text: string;
  who: string;
}
export interface ToldChange {
  op: "create" | "update" | "delete" | "restore";
  who: string | null;
  who_kind: string;
  reason: string | null;
  fields: { key: string; before: Value; after: Value }[];
}

export const streamQuery = (form: string, id: number, kinds: readonly string[], limit: number, open = false) =>
  infiniteQueryOptions({
    queryKey: [...keys.record(form, id), "stream", kinds, limit, open],
    queryFn: ({ pageParam, signal }) => {
      const kept = kinds.map((kind) => `&kinds=${encodeURIComponent(kind)}`).join("");
      return api.get<StreamPage>(
        `/forms/${form}/${id}/stream${query({ limit, after: pageParam, open: open ? "true" : null })}${kept}`,
        signal,
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? undefined,
  });

/** How many records of a collection there are, whatever a card shows of them. */
export const collectionCountQuery = (form: string, field: string, id: number) =>
  countQuery(form, { filter: `${field} = ${id}`, search: "" });

/** A process that may begin for a record now, or that runs for it. */
export type Startable = Schemas["StartOut"];
export const startableQuery = (form: string, id: number) =>
  queryOptions({
    queryKey: [...keys.record(form, id), "startable"],
    queryFn: ({ signal }) => api.get<Startable[]>(`/forms/${form}/${id}/startable`, signal),
  });
/** `began` false: it was running, and runs on. */
export const beginProcess = (one: Startable, reason: string) =>
  api.post<{ began: boolean }>(`/forms/${one.form}/${one.record_id}/begin`, { process: one.process, reason });

export interface Reading {
  day: string;
  value: string | number | null;
}
export const readingsQuery = (form: string, id: number, field: string) =>
  queryOptions({
    queryKey: [...keys.record(form, id), "readings", field],
    queryFn: ({ signal }) => api.get<Schemas["Readings"]>(`/forms/${form}/${id}/readings/${field}?period=week`, signal),
  });
