import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components, paths } from "@/api/schema";

type Schemas = components["schemas"];
export type Told = Schemas["Told"];
export type Compared = Schemas["ComparedOut"];
export type Difference = Schemas["DifferenceOut"];
export type Beside = Schemas["BesideOut"];
export type Standing = Schemas["Standing"];
export type Gone = Schemas["GoneOut"];
/** What a reason is told from. */
export type Because = Pick<Told, "kind" | "actor" | "reason" | "cause" | "words">;

type Foreseen =
  paths["/api/forms/{form}/{record_id}/restore-fields/preview"]["post"]["responses"][200]["content"]["application/json"];

export const WHO = [
  "person",
  "process",
  "rule",
  "import",
  "undo",
  "restore",
  "merge",
  "handover",
  "publication",
  "system",
] as const;

const at = (form: string, id: number) => `/forms/${form}/${id}`;
const past = (form: string, id: number) => [...keys.record(form, id), "past"];

export const standingQuery = (form: string, id: number) =>
  queryOptions({
    queryKey: [...past(form, id), "standing"],
    queryFn: ({ signal }) => api.get<Standing>(`${at(form, id)}/standing`, signal),
  });

export const changesQuery = (form: string, id: number, field: string, who: readonly string[]) =>
  infiniteQueryOptions({
    queryKey: [...past(form, id), "changes", field, who],
    queryFn: ({ pageParam, signal }) =>
      api.get<Schemas["Changes"]>(
        `${at(form, id)}/changes${query({ before: pageParam, field })}${who.map((one, i) => `${i || pageParam || field ? "&" : "?"}who=${one}`).join("")}`,
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const daysQuery = (form: string, id: number, year: number, month: number) =>
  queryOptions({
    queryKey: [...past(form, id), "days", year, month],
    queryFn: ({ signal }) =>
      api.get<Schemas["ChangedDay"][]>(`${at(form, id)}/changes/days${query({ year, month })}`, signal),
    placeholderData: keepPreviousData,
  });

export const compareQuery = (form: string, id: number, a: string, b: string) =>
  queryOptions({
    queryKey: [...past(form, id), "compare", a, b],
    queryFn: ({ signal }) => api.get<Compared>(`${at(form, id)}/compare${query({ a, b })}`, signal),
    placeholderData: keepPreviousData,
  });

export const foreseeQuery = (form: string, id: number, body: Schemas["RestoreIn"]) =>
  queryOptions({
    queryKey: [...past(form, id), "foresee", body],
    queryFn: ({ signal }) => api.post<Foreseen>(`${at(form, id)}/restore-fields/preview`, body, signal),
    retry: false,
  });

export const restoreFields = (form: string, id: number, body: Schemas["RestoreIn"]) =>
  api.post<Schemas["RestoredOut"]>(`${at(form, id)}/restore-fields`, body);

export const binQuery = (form: string, search: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.form(form), "bin", search],
    queryFn: ({ pageParam, signal }) =>
      api.get<Schemas["BinOut"]>(`/deleted/${form}${query({ after: pageParam, search })}`, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
