import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";

export type People = "nobody" | "median" | "script";

/** What stands instead of a process in force: its draft, or an older version. */
export interface Instead {
  process: string;
  version: number | null;
  migrate: boolean;
}
export interface InsteadSeen extends Instead {
  label: string;
  label_en: string;
  draft: boolean;
  /** of the version in force; absent of a new process */
  number: number | null;
}

export interface Run {
  id: number;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  /** told of this one alone; absent: all */
  process: string | null;
  instead: InsteadSeen | null;
  /** the same days without `instead` */
  base_id: number | null;
  people: People;
  until_on: string;
  asked_at: string;
  asked_by: string | null;
  copied_at: string | null;
  /** the progress between `asked_at` and `until_on` */
  reached_on: string | null;
  seconds: number | null;
  problem: string | null;
}

/** How tasks of one kind are assumed to be done; `seen`: from how many. */
export interface Habit {
  form: string;
  key: string;
  label: string;
  /** a vote */
  approval: boolean;
  days: number;
  label_en: string;
  outcome: string | null;
  outcome_label: string | null;
  outcome_label_en: string | null;
  seen: number;
}

export interface Outcome {
  key: string;
  label: string;
  label_en: string;
}
/** A kind of task as it was done so far, and the ways in which it can end. */
export interface Kind extends Habit {
  outcomes: Outcome[];
}
/** Tasks of this kind are done after so many days by this outcome; a kind that no line names is not done. */
export interface ScriptLine {
  form: string;
  key: string;
  days: number;
  outcome: string | null;
}

export interface Load {
  count: number;
  kinds: Record<string, number>;
}
/** Tasks per week (Monday -> load); `capacity`: what the person finishes in a usual week. */
export interface PersonLoad {
  id: number;
  name: string;
  department: string | null;
  capacity: number | null;
  weeks: Record<string, Load>;
}
/** `tasks` are approvals too; `peak`: most of them on one day. */
export interface Week {
  week: string;
  tasks: number;
  approvals: number;
  mails: number;
  notices: number;
  peak: number;
  peak_on: string | null;
}

export interface Simulation extends Run {
  script: ScriptLine[];
  /** what is newer than the copy; 1,000 changes stand for that or more */
  stale: { definitions: boolean; draft: boolean; changes: number } | null;
  /** of what was under way: how many came along, how many stayed */
  migrated: { moved: number; stayed: number } | null;
  /** channels that are held and were taken for released */
  released: string[];
  habits: Habit[];
  figures: Record<string, number>;
  load: PersonLoad[];
  weeks: Week[];
}

export interface Entry {
  at: string;
  kind: "task" | "approval" | "message" | "change" | "open" | "renewed";
  label: string;
  person_id: number | null;
  name: string | null;
  channel: string | null;
  form: string;
  /** absent for a record that only the copy has */
  record_id: number | null;
  record: string;
  process: string | null;
  node: string | null;
  /** the last condition before it, else how the process began */
  why: {
    label?: string | null;
    label_en?: string | null;
    way?: string | null;
    otherwise?: boolean | null;
    entry?: string | null;
  } | null;
  /** of a task: when it is done by the assumption, and how */
  done_at: string | null;
  outcome: string | null;
}

export interface EntryShape {
  person_id?: number;
  week?: string;
  form?: string;
  record_id?: number;
  kind?: Entry["kind"];
}

export const isUnderWay = (run: Run) => run.state === "queued" || run.state === "running";

export const runsQuery = queryOptions({
  queryKey: keys.simulations,
  queryFn: ({ signal }) => api.get<Run[]>("/simulations", signal),
  refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? 2000 : false),
});
export const simulationQuery = (id: number) =>
  queryOptions({
    queryKey: keys.simulation(id),
    queryFn: ({ signal }) => api.get<Simulation>(`/simulations/${id}`, signal),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? 1500 : false),
  });
export const entriesQuery = (id: number, shape: EntryShape) =>
  queryOptions({
    queryKey: [...keys.simulation(id), "entries", shape],
    queryFn: ({ signal }) => api.get<Entry[]>(`/simulations/${id}/entries${query({ ...shape })}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export interface Asked {
  until: string;
  people: People;
  script: ScriptLine[];
  process: string | null;
  instead: Instead | null;
}
export const askSimulation = (asked: Asked) => api.post<{ id: number }>("/simulations", asked);
export const cancelSimulation = (id: number) => api.post<void>(`/simulations/${id}/cancel`);
export const fileOf = (id: number) => `/api/simulations/${id}/file`;

/** Kinds of task as they are, or as they would be with `instead`. */
export const kindsQuery = (instead: Instead | null) =>
  queryOptions({
    queryKey: [...keys.simulations, "kinds", instead?.process ?? "", instead?.version ?? 0],
    queryFn: ({ signal }) =>
      api.get<Kind[]>(
        `/simulations/kinds${query(instead ? { process: instead.process, version: instead.version ?? undefined } : {})}`,
        signal,
      ),
    retry: false,
  });

export interface Pair {
  first: number;
  second: number;
}
/** Two runs side by side, what is equal included (but not under `records`). */
export interface Comparison {
  first: Run;
  second: Run;
  figures: (Pair & { key: string })[];
  people: { id: number; name: string; tasks: [number, number]; peak: [number, number]; over: [number, number] }[];
  kinds: (Pair & { kind: Entry["kind"]; label: string })[];
  records: {
    form: string;
    record_id: number | null;
    record: string;
    kind: Entry["kind"];
    label: string;
    name: string | null;
    first: string | null;
    second: string | null;
  }[];
  more: boolean;
  /** of all differences: on how many records; what comes, goes, moves */
  counted: { records: number; gained: number; lost: number; moved: number };
}
export const compareQuery = (first: number, second: number) =>
  queryOptions({
    queryKey: [...keys.simulations, "compare", first, second],
    queryFn: ({ signal }) => api.get<Comparison>(`/simulations/compare${query({ first, second })}`, signal),
  });
