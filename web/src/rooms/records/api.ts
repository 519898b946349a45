import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";

/** A record another one points to (`label` null: it may not be read), or a person or department (`name`). */
export interface Ref {
  id: number;
  label?: string | null;
  name?: string | null;
}
export type Value = string | number | boolean | null | Ref | string[];
export interface Row {
  id: number;
  version?: number;
  [field: string]: Value | undefined;
}

export interface Sort {
  field: string;
  descending: boolean;
}

/** What a list shows; lives in the address. */
export interface Shape {
  filter: string;
  search: string;
  sort: Sort[];
  columns: string[];
  /** conditions of colour; a row's `$colours` has the places of those that it meets */
  colours?: string[];
  /** as of then: 2026-09-30 or 2026-09-30T09:42 */
  at?: string | null;
}

export interface Page {
  rows: Row[];
  next: string | null;
}

const LIMIT = 100;

export const pageQuery = (form: string, shape: Shape, limit = LIMIT) =>
  infiniteQueryOptions({
    queryKey: keys.page(form, { ...shape, limit }),
    queryFn: ({ pageParam, signal }) =>
      api.post<Page>(
        `/forms/${form}/page`,
        { ...shape, filter: shape.filter || null, search: shape.search || null, after: pageParam, limit },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export interface Count {
  count: number;
  /** sums of the money columns asked for */
  sums: Record<string, string | null>;
}

export const countQuery = (form: string, shape: Pick<Shape, "filter" | "search" | "at">, sums: string[] = []) =>
  queryOptions({
    queryKey: keys.count(form, { filter: shape.filter, search: shape.search, at: shape.at, sums }),
    queryFn: ({ signal }) =>
      api.post<Count>(
        `/forms/${form}/count`,
        { filter: shape.filter || null, search: shape.search || null, at: shape.at, sums },
        signal,
      ),
    placeholderData: keepPreviousData,
  });

/** All that I may see of one record. */
export interface RecordAnswer {
  id: number;
  version: number;
  title: string | null;
  created_at: string;
  created_by: Ref | null;
  updated_at: string | null;
  updated_by: Ref | null;
  may: ("update" | "delete")[];
  values: Record<string, Value>;
  /** what I may do with each field of this record */
  fields: Record<string, "write" | "read" | "masked">;
}

export const recordQuery = (form: string, id: number, at: string | null = null) =>
  queryOptions({
    queryKey: at ? [...keys.record(form, id), "at", at] : keys.record(form, id),
    queryFn: ({ signal }) => api.get<RecordAnswer>(`/forms/${form}/${id}${query({ at })}`, signal),
  });

/** What one save did. */
export interface Change {
  id: number;
  at: string;
  op: "create" | "update" | "delete" | "restore" | "remove";
  kind: string;
  actor: string;
  actor_id: number | null;
  /** import, task, undo, … */
  reason: string | null;
  cause: Record<string, unknown>;
  fields: { key: string; label: string; before: Value; after: Value }[];
}

export const historyQuery = (form: string, id: number) =>
  queryOptions({
    queryKey: keys.history(form, id),
    queryFn: ({ signal }) => api.get<Change[]>(`/forms/${form}/${id}/history`, signal),
  });

export const relatedQuery = (
  form: string,
  id: number,
  collection: string,
  columns: string[],
  limit = 50,
  sort: Sort[] = [],
  at: string | null = null,
) =>
  queryOptions({
    queryKey: keys.related(form, id, collection, { columns, limit, sort, at }),
    queryFn: ({ signal }) =>
      api.post<Page>(`/forms/${form}/${id}/related/${collection}`, { columns, limit, sort, at }, signal),
  });

/** What is wrong with one field. */
export interface Fault {
  field: string | null;
  code: string;
  text: string;
}
export interface Preview {
  computed: Record<string, Value>;
  defaults: Record<string, Value>;
  errors: Fault[];
  /** fields that a condition speaks about */
  behaviour: components["schemas"]["Preview"]["behaviour"];
}

export const preview = (form: string, id: number | null, values: Record<string, Value>, signal?: AbortSignal) =>
  api.post<Preview>(`/forms/${form}/preview`, { id, values }, signal);
/** `rows`: what happens to the rows of its sub-tables, in the same save. */
export const createRecord = (form: string, values: Record<string, Value>, rows?: object) =>
  api.post<{ id: number }>(`/forms/${form}`, { values, ...(rows && { rows }) });
export const updateRecord = (form: string, id: number, version: number, values: Record<string, Value>, rows?: object) =>
  api.patch<{ version: number }>(`/forms/${form}/${id}`, { version, values, ...(rows && { rows }) });
export const deleteRecord = (form: string, id: number, version: number) =>
  api.delete<void>(`/forms/${form}/${id}?version=${version}`);
export const restoreRecord = (form: string, id: number) => api.post<void>(`/forms/${form}/${id}/restore`);

export const isRef = (value: unknown): value is Ref => typeof value === "object" && value !== null && "id" in value;

/** The name of what a value points to; null when it may not be read. */
export const refName = (ref: Ref): string | null => ref.label ?? ref.name ?? null;

/** Which records: these, or all that the list keeps. */
export interface Chosen {
  ids?: number[];
  filter?: string | null;
  search?: string | null;
}
export interface BulkEffect {
  count: number;
  changing: number;
  same: number;
  no_right: number;
  transaction: number | null;
}
export const previewBulk = (form: string, chosen: Chosen, values: Record<string, Value>, signal?: AbortSignal) =>
  api.post<BulkEffect>(`/forms/${form}/bulk/preview`, { ...chosen, values }, signal);
export const changeBulk = (form: string, chosen: Chosen, values: Record<string, Value>) =>
  api.post<BulkEffect>(`/forms/${form}/bulk`, { ...chosen, values });
/** What stayed as it is, because somebody wrote since or the right is missing. */
export const undoChange = (transaction: number) =>
  api.post<{ kept_count: number; transaction: number | null }>(`/changes/${transaction}/undo`);

export type PasteIn = components["schemas"]["PasteIn"];
export type Pasted = components["schemas"]["PasteOut"];
export const pasteCells = (form: string, block: PasteIn) => api.post<Pasted>(`/forms/${form}/paste`, block);

export type GroupRow = components["schemas"]["ListGroupOut"];
export const groupsQuery = (form: string, by: string, shape: Pick<Shape, "filter" | "search" | "at">, sums: string[]) =>
  queryOptions({
    queryKey: [...keys.form(form), "groups", { by, filter: shape.filter, search: shape.search, at: shape.at, sums }],
    queryFn: ({ signal }) =>
      api.post<GroupRow[]>(
        `/forms/${form}/groups`,
        { by, filter: shape.filter || null, search: shape.search || null, at: shape.at, sums },
        signal,
      ),
    placeholderData: keepPreviousData,
  });
/** Both conditions at once. */
export const both = (one: string, other: string) => (one && other ? `AND(${one}, ${other})` : one || other);
