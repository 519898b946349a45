import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";

export type People = "nobody" | "median";

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
  outcome: string | null;
  seen: number;
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

export const askSimulation = (until: string, people: People) =>
  api.post<{ id: number }>("/simulations", { until, people });
