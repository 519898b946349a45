import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Roster = Schemas["RosterOut"];
export type RosterLine = Schemas["RosterLine"];
export type RosterDone = Schemas["RosterDone"];

function send<T>(path: string, file: File): Promise<T> {
  const body = new FormData();
  body.append("file", file, file.name);
  return api.post<T>(`/people-imports${path}`, body);
}
export const previewRoster = (file: File) => send<Roster>("/preview", file);
export const importRoster = (file: File) => send<RosterDone>("", file);
export const undoRoster = (id: number) => api.post<Schemas["RosterUndone"]>(`/people-imports/${id}/undo`);
export const rostersQuery = queryOptions({
  queryKey: ["rosters"] as const,
  queryFn: ({ signal }) => api.get<RosterDone[]>("/people-imports", signal),
});
export const TEMPLATE = "/api/people-imports/template";
