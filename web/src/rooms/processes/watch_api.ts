import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Watch = Schemas["WatchOut"];
export type WatchedNode = Schemas["WatchedNodeOut"];
export type WatchedEdge = Schemas["WatchedEdgeOut"];
export type Stage = Schemas["StageOut"];
export type Span = Schemas["SpanOut"];

/** Days, both included. */
export interface Period {
  since: string;
  until: string;
}

export const watchQuery = (process: string, period: Period) =>
  queryOptions({
    queryKey: [...keys.process(process), "watch", period] as const,
    queryFn: ({ signal }) => api.get<Watch>(`/processes/${process}/watch${query({ ...period })}`, signal),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });

/** Which figure: what it counts, of which step, which way out of it, which stage. */
export interface Behind {
  of: "passed" | "beyond" | "way" | "overdue" | "began" | "ended" | "stage";
  node?: string;
  to?: string;
  stage?: string;
}
export const behindQuery = (process: string, period: Period, what: Behind) =>
  infiniteQueryOptions({
    queryKey: [...keys.process(process), "watch", period, "behind", what] as const,
    queryFn: ({ signal, pageParam }) =>
      api.get<Schemas["BehindOut"]>(
        `/processes/${process}/watch/records${query({ ...period, ...what, after: pageParam, limit: 50 })}`,
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next,
  });

export const logAddress = (process: string, period: Period, format: "csv" | "xes") =>
  `/api/processes/${process}/watch/log${query({ ...period, format })}`;

/** One case, or all of a step. */
export const retry = (process: string, what: { token: number } | { node: string }) =>
  api.post<Schemas["RetriedOut"]>(`/processes/${process}/retry`, what);
