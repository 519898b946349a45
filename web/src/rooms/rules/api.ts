import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";
import type { Part } from "@/rooms/records/why";
import type { RuleTree, Severity } from "./model";

type Schemas = components["schemas"];
export type ListedRule = Omit<Schemas["ListedRule"], "tree"> & { tree: RuleTree };
export type RuleVersion = Omit<Schemas["RuleVersionOut"], "tree"> & { tree: RuleTree };
export type AlertState = "open" | "acknowledged" | "resolved" | "dismissed";
export type Alert = Omit<Schemas["AlertOut"], "severity" | "state"> & { severity: Severity; state: AlertState };
export type AlertView = "mine" | "team" | "all";
export type Tried = Omit<Schemas["RuleTrialOut"], "why"> & { why: Part | null };

const RULES = ["rules"] as const;
export const rulesQuery = queryOptions({
  queryKey: [...RULES, "list"],
  queryFn: ({ signal }) => api.get<ListedRule[]>("/rules", signal),
});
export const versionsQuery = (rule: string) =>
  queryOptions({
    queryKey: [...RULES, "versions", rule],
    queryFn: ({ signal }) => api.get<RuleVersion[]>(`/rules/${rule}/versions`, signal),
  });
export const retryRule = (rule: string) => api.post<{ records: number }>(`/rules/${rule}/retry`);
/** `step`: of a rule over a date, the offset that is tried. */
export const tryRule = (tree: RuleTree, record_id: number, step: string) =>
  api.post<Tried>("/rules/trial", { tree, record_id, step });

export interface Asked {
  view: AlertView;
  settled: boolean;
  rule: string | null;
}
const PAGE = 100;
export const alertsQuery = (asked: Asked) =>
  infiniteQueryOptions({
    queryKey: keys.alerts(asked),
    queryFn: ({ signal, pageParam }) =>
      api.get<Alert[]>(`/alerts${query({ ...asked, before: pageParam || null, limit: PAGE })}`, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.length === PAGE ? (page[PAGE - 1]?.id ?? null) : null),
  });
/** Open ones of a record, or my own. */
export const someAlertsQuery = (of: { form: string; id: number } | null) =>
  queryOptions({
    queryKey: keys.alerts(of ?? "mine"),
    queryFn: ({ signal }) =>
      api.get<Alert[]>(
        `/alerts${query(of ? { view: "all", form: of.form, record_id: of.id, limit: 20 } : { view: "mine", limit: 50 })}`,
        signal,
      ),
  });
export const alertWhyQuery = (id: number) =>
  queryOptions({
    queryKey: keys.alerts(["why", id]),
    queryFn: ({ signal }) => api.get<{ tree: Part | null }>(`/alerts/${id}/why`, signal),
    staleTime: 0,
  });
export const acknowledge = (id: number) => api.post<Alert>(`/alerts/${id}/acknowledge`);
export const dismiss = (id: number, why: string) => api.post<Alert>(`/alerts/${id}/dismiss`, { why });
export const reopen = (id: number) => api.post<Alert>(`/alerts/${id}/reopen`);

export type Backtest = Schemas["BacktestOut"];
export type Figures = Schemas["BacktestFigures"];
export type Week = Schemas["BacktestWeek"];
export type Tested = Schemas["BacktestRecord"];
export type Later = Schemas["BacktestLater"];
export const WHATS = ["all", "lost", "renewed", "active", "gaps"] as const;
export type What = (typeof WHATS)[number];
const BACKTESTS = [...RULES, "backtests"] as const;

export interface Question {
  definition: RuleTree;
  compare?: RuleTree;
  from: string | null;
  to: string | null;
  horizon_days: number;
  anew: boolean;
}
export const askBacktest = (asked: Question) => api.post<{ id: number }>("/rules/backtests", asked);
export const cancelBacktest = (id: number) => api.post<unknown>(`/rules/backtests/${id}/cancel`);
export const backtestsQuery = (rule: string) =>
  queryOptions({
    queryKey: [...BACKTESTS, "of", rule],
    queryFn: ({ signal }) => api.get<Schemas["BacktestLine"][]>(`/rules/backtests${query({ rule })}`, signal),
    staleTime: 0,
  });
export const going = (state: string | undefined) => state === "queued" || state === "running";
export const backtestQuery = (id: number | null) =>
  queryOptions({
    queryKey: [...BACKTESTS, id],
    queryFn: ({ signal }) => api.get<Backtest>(`/rules/backtests/${id}`, signal),
    enabled: id !== null,
    refetchInterval: ({ state }) => (going(state.data?.state) ? 1000 : false),
  });
export const testedQuery = (id: number, what: What, variant: number) =>
  infiniteQueryOptions({
    queryKey: [...BACKTESTS, id, "records", what, variant],
    queryFn: ({ signal, pageParam }) =>
      api.get<Schemas["BacktestRecords"]>(
        `/rules/backtests/${id}/records${query({ what, variant, offset: pageParam || null, limit: TESTED })}`,
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: (page, all) => (page.rows.length === TESTED ? all.length * TESTED : null),
  });
const TESTED = 50;
export const testedWhyQuery = (id: number, record_id: number, at: string, variant: number) =>
  queryOptions({
    queryKey: [...BACKTESTS, id, "why", record_id, at, variant],
    queryFn: ({ signal }) =>
      api.get<{ tree: Part | null }>(`/rules/backtests/${id}/why${query({ record_id, at, variant })}`, signal),
  });

export type Conflicts = Schemas["ConflictsOut"];
/** `followed_at`: a schedule takes them up then by itself. */
export type Backlog = Schemas["BacklogOut"];
const checked = { placeholderData: keepPreviousData, staleTime: 30_000, gcTime: 60_000, retry: false } as const;
export const conflictsQuery = (tree: RuleTree | null) =>
  queryOptions({
    queryKey: [...RULES, "conflicts", JSON.stringify(tree)],
    queryFn: ({ signal }) => api.post<Conflicts>("/rules/conflicts", { definition: tree }, signal),
    enabled: tree !== null,
    ...checked,
  });
export const backlogQuery = (tree: RuleTree | null) =>
  queryOptions({
    queryKey: [...RULES, "backlog", JSON.stringify(tree)],
    queryFn: ({ signal }) => api.post<Backlog>("/rules/backlog", { definition: tree }, signal),
    enabled: tree !== null,
    ...checked,
  });
export const catchUp = (rule: string) => api.post<Schemas["CaughtUpOut"]>(`/rules/${rule}/catch-up`);
/** What signs the calls of a rule; null until the first one. */
export const signingQuery = (rule: string) =>
  queryOptions({
    queryKey: [...RULES, "signing", rule],
    queryFn: ({ signal }) => api.get<{ secret: string | null }>(`/rules/${rule}/signing`, signal),
  });
const KEPT = 50;
export const keptBackQuery = (rule: string) =>
  infiniteQueryOptions({
    queryKey: [...RULES, "kept_back", rule],
    queryFn: ({ signal, pageParam }) =>
      api.get<Schemas["KeptBackOut"][]>(`/rules/${rule}/kept-back${query({ skip: pageParam || null })}`, signal),
    initialPageParam: 0,
    getNextPageParam: (page, all) => (page.length === KEPT ? all.length * KEPT : null),
  });
