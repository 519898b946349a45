import { queryOptions } from "@tanstack/react-query";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";
import type { ProcessTree } from "./flow_tree";

export type Version = components["schemas"]["VersionOut"];

/** Every version that was in force, newest first. */
export const versionsQuery = (process: string) =>
  queryOptions({
    queryKey: [...keys.process(process), "versions"] as const,
    queryFn: ({ signal }) => api.get<Version[]>(`/processes/${process}/versions`, signal),
  });

/** What a version says; it never changes. 0: none. */
export const versionQuery = (process: string, number: number) =>
  queryOptions({
    queryKey: [...keys.process(process), "versions", number] as const,
    queryFn: ({ signal }) =>
      api.get<{ number: number; tree: ProcessTree }>(`/processes/${process}/versions/${number}`, signal),
    enabled: number > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
