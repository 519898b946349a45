import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Place = Schemas["PlaceOut"];
export type Standing = Schemas["InstanceOut"];
export type Foreseen = Schemas["MigrationSeenOut"];
export type Migration = Schemas["MigrationOut"];
export type Chosen = Schemas["MigrateIn"];

/** `of`: what it is asked anew for. */
export const foreseenQuery = (process: string, draft = false, of = "") =>
  queryOptions({
    queryKey: [...keys.process(process), "migration", draft, of] as const,
    queryFn: ({ signal }) => api.get<Foreseen>(`/processes/${process}/migration${query({ draft })}`, signal),
  });

export const migrationsQuery = (process: string) =>
  queryOptions({
    queryKey: [...keys.process(process), "migrations"] as const,
    queryFn: ({ signal }) => api.get<Migration[]>(`/processes/${process}/migrations`, signal),
  });

export const migrate = (process: string, chosen: Chosen) =>
  api.post<Schemas["MigratedOut"]>(`/processes/${process}/migration`, chosen);
export const undoMigration = (id: number) => api.post<Schemas["MigrationBackOut"]>(`/migrations/${id}/undo`, {});
