import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";

export type People = "nobody" | "median" | "script";

export interface Run {
  id: number;
  state: "queued" | "running" | "done" | "failed";
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
export interface Week {
  week: string;
  tasks: number;
  mails: number;
  notices: number;
}

export interface Simulation extends Run {
  script: ScriptLine[];
  /** what is newer than the copy; 1,000 changes stand for that or more */
  stale: { definitions: boolean; changes: number } | null;
  /** channels that are held and were taken for released */
  released: string[];
  habits: Habit[];
  figures: Record<string, number>;
  load: PersonLoad[];
  weeks: Week[];
}

export interface Entry {
  at: string;
  kind: "task" | "message" | "renewed";
  label: string;
  person_id: number | null;
  name: string | null;
  channel: string | null;
  form: string;
  /** absent for a record that only the copy has */
  record_id: number | null;
  record: string;
}

export interface EntryShape {
  person_id?: number;
  week?: string;
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

export const askSimulation = (until: string, people: People, script: ScriptLine[] = []) =>
  api.post<{ id: number }>("/simulations", { until, people, script });

export const kindsQuery = queryOptions({
  queryKey: [...keys.simulations, "kinds"],
  queryFn: ({ signal }) => api.get<Kind[]>("/simulations/kinds", signal),
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
}
export const compareQuery = (first: number, second: number) =>
  queryOptions({
    queryKey: [...keys.simulations, "compare", first, second],
    queryFn: ({ signal }) => api.get<Comparison>(`/simulations/compare${query({ first, second })}`, signal),
  });
