import { queryOptions } from "@tanstack/react-query";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type MergePreview = Schemas["MergePreviewOut"];
export type MergeChoice = Schemas["MergeChoiceOut"];
export type Take = MergeChoice["take"];
export type Takes = Record<string, Take>;

/** What merging would do; asked again with every choice, because it is tried and rolled back. */
export const mergePreviewQuery = (form: string, winner: number, loser: number, take: Takes | null) =>
  queryOptions({
    queryKey: [...keys.form(form), "merge", winner, loser, take],
    queryFn: ({ signal }) =>
      api.post<MergePreview>(`/forms/${form}/merge/preview`, { winner, loser, take: take ?? undefined }, signal),
    staleTime: 0,
    gcTime: 0,
    placeholderData: (before) => (before?.left.id === winner && before.right.id === loser ? before : undefined),
  });
export const mergeRecords = (form: string, given: Schemas["MergeIn"]) =>
  api.post<Schemas["MergedOut"]>(`/forms/${form}/merge`, given);
export const successorQuery = (form: string, id: number) =>
  queryOptions({
    queryKey: [...keys.record(form, id), "successor"],
    queryFn: ({ signal }) => api.get<Schemas["SuccessorOut"]>(`/forms/${form}/${id}/successor`, signal),
  });

export type Suspects = Schemas["SuspectsOut"];
export type Suspect = Schemas["SuspectOut"];
export type Alike = Schemas["AlikeOut"];

export const suspectsQuery = (form: string) =>
  queryOptions({
    queryKey: [...keys.form(form), "duplicates"],
    queryFn: ({ signal }) => api.get<Suspects>(`/duplicates/${form}`, signal),
    staleTime: 60_000,
    refetchInterval: (q) => (q.state.data?.looking ? 2000 : false),
  });
export const alikeQuery = (form: string, values: Record<string, unknown>) =>
  queryOptions({
    queryKey: [...keys.form(form), "alike", values],
    queryFn: ({ signal }) => api.post<Alike[]>(`/duplicates/${form}/alike`, { values }, signal),
    staleTime: 30_000,
    retry: false,
  });
/** A large form is looked through by a job; a small one on every visit. */
export const lookAgain = (form: string) => api.post<void>(`/duplicates/${form}/look`);
export const judgeDifferent = (form: string, one: number, other: number) =>
  api.post<void>(`/duplicates/${form}/different`, { one, other });
export const judgeUndecided = (form: string, one: number, other: number) =>
  api.post<void>(`/duplicates/${form}/undecided`, { one, other });
