import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";
import type { Value } from "@/rooms/records";

/** A field that finishing a task asks for. */
export interface Fill {
  field: string;
  /** of this record, as it stands */
  required?: boolean;
  /** it takes the sealed file */
  seal?: boolean;
}

export interface Outcome {
  key: string;
  label: string;
  label_en?: string | null;
  fill: Fill[];
}

export interface Task {
  id: number;
  title: string;
  label: string;
  label_en: string | null;
  kind: string;
  form: string;
  record_id: number;
  instance_id: number | null;
  assignee_id: number | null;
  assignee: string | null;
  /** who may take it while it has no assignee */
  candidates: number[] | null;
  /** the step of the assignee order taken: named, deputy, owner, head, admin, role, nobody, person */
  found_by: string;
  state: "open" | "done" | "closed";
  why: string | null;
  /** -1 low, 0 normal, 1 high */
  priority: number;
  opened_at: string;
  due_at: string | null;
  outcome: string | null;
  finished_at: string | null;
  finished_by: string | null;
  fill: Fill[];
  outcomes: Outcome[];
  proposal: Record<string, Value> | null;
  /** what its record shows, as far as I may read it */
  record_title?: string | null;
  customer?: string | null;
  amount?: string | null;
  end_date?: string | null;
  values?: Record<string, Value>;
  late_workdays?: number;
  /** one of several people has it: how many, and how many have done theirs */
  together?: { all: number; done: number } | null;
  /** put off until then */
  snoozed_until?: string | null;
  /** which process asks, and the day that it counts from */
  process?: string | null;
  process_label?: string | null;
  process_label_en?: string | null;
  /** the process that has begun that one */
  called_by?: { process: string; label: string; label_en: string | null } | null;
  basis?: string | null;
  /** it is decided on a page of its own: `to`, when it is my own */
  approval?: boolean;
  to?: string | null;
  /** of what I gave to others: when, to whom, with which word */
  moved_id?: number;
  moved_at?: string;
  to_name?: string | null;
  note?: string | null;
}

export interface TaskShape {
  view?: "mine" | "done";
  form?: string;
  record_id?: number;
}
export const tasksQuery = (shape: TaskShape) =>
  queryOptions({
    queryKey: keys.tasks(shape),
    queryFn: ({ signal }) => api.get<Task[]>(`/tasks${query({ ...shape })}`, signal),
  });
export const myTasks = tasksQuery({ view: "mine" });

export interface Week {
  from: string;
  amount: string | null;
  count: number;
  filter: string;
}

/** What stands beside the tasks; parts that a workspace does not have are absent. */
export interface Workbench {
  counts?: { open: number; overdue: number; today: number; soon: number; done_today: number } | null;
  workdays_left?: number | null;
  weeks?: Week[] | null;
  done?:
    | { key: string; kind?: string; label: string; label_en?: string | null; count: number; noun?: string | null }[]
    | null;
  proof?: { at: string; planned: number; missing: number } | null;
}
export const workbenchQuery = queryOptions({
  queryKey: keys.workbench,
  queryFn: ({ signal }) => api.get<Workbench>("/workbench", signal),
});

export const finishTask = (id: number, values: Record<string, Value>, outcome: string | null) =>
  api.post<void>(`/tasks/${id}/finish`, { values, outcome });
export type Figures = components["schemas"]["FiguresOut"];
export type Kind = components["schemas"]["TaskKindOut"];
export type Load = components["schemas"]["LoadOut"];
export type Team = components["schemas"]["TeamOut"];
export type Even = components["schemas"]["EvenOut"];
export type Acted = components["schemas"]["ActedOut"];
export type Step = components["schemas"]["TaskActOut"];
export type TaskIn = components["schemas"]["TaskIn"];
interface TaskPage {
  rows: Task[];
  next: string | null;
}

/** A page's question, as the server names it. */
export interface InboxShape {
  view: "mine" | "later" | "team";
  due?: string;
  process?: string;
  kind?: string;
  form?: string;
  priority?: number;
  claimable?: boolean;
  search?: string;
  person?: number;
  each?: number;
  sort?: string;
  limit?: number;
}
export const inboxQuery = (shape: InboxShape) =>
  infiniteQueryOptions({
    queryKey: keys.tasks(["inbox", shape]),
    queryFn: ({ signal, pageParam }) =>
      api.get<TaskPage>(`/tasks/inbox${query({ ...shape, after: pageParam })}`, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
  });
export const sentQuery = infiniteQueryOptions({
  queryKey: keys.tasks("sent"),
  queryFn: ({ signal, pageParam }) => api.get<TaskPage>(`/tasks/sent${query({ after: pageParam })}`, signal),
  initialPageParam: "",
  getNextPageParam: (last) => last.next,
});
export const figuresQuery = (view: InboxShape["view"]) =>
  queryOptions({
    queryKey: keys.tasks(["figures", view]),
    queryFn: ({ signal }) => api.get<Figures>(`/tasks/figures${query({ view })}`, signal),
  });
export const teamQuery = queryOptions({
  queryKey: keys.tasks("team"),
  queryFn: ({ signal }) => api.get<Team>("/tasks/team", signal),
});
export const evenQuery = queryOptions({
  queryKey: keys.tasks("even"),
  queryFn: ({ signal }) => api.get<Even>("/tasks/team/even", signal),
  staleTime: 0,
});
export const historyQuery = (id: number) =>
  queryOptions({
    queryKey: keys.tasks(["history", id]),
    queryFn: ({ signal }) => api.get<Step[]>(`/tasks/${id}/history`, signal),
  });

/** What the plan expects to come. */
export interface ComingStep {
  due_at: string;
  certain: boolean;
  held: boolean;
  wanted: boolean;
  process: string;
  key: string;
  label: string;
  label_en: string | null;
  form: string;
  record_id: number;
  record_title?: string | null;
}
export interface CalendarDays {
  days: Record<string, number>;
  tasks: Task[];
  steps: ComingStep[];
}
export const calendarQuery = (since: string, until: string, person: number | null) =>
  queryOptions({
    queryKey: keys.tasks(["calendar", since, until, person]),
    queryFn: ({ signal }) => api.get<CalendarDays>(`/tasks/calendar${query({ since, until, person })}`, signal),
    placeholderData: (before) => before,
  });

export const createTask = (task: TaskIn) => api.post<{ id: number }>("/tasks", task);
export const moveTasks = (moves: { id: number; to: number }[], note = "") =>
  api.post<Acted>("/tasks/transfer", { moves, note });
export const snoozeTasks = (ids: number[], until: string | null) => api.post<Acted>("/tasks/snooze", { ids, until });
export const setTasksDue = (ids: number[], due_on: string | null, why = "") =>
  api.post<Acted>("/tasks/due", { ids, due_on, why });
export const setTasksPriority = (ids: number[], priority: number, why = "") =>
  api.post<Acted>("/tasks/priority", { ids, priority, why });
export const urgeTasks = (ids: number[]) => api.post<Acted>("/tasks/urge", { ids });
const AT_ONCE = 100;
/** Each by itself, so at most so many in one request. */
export async function finishTasks(ids: number[], outcome: string | null, values: Record<string, Value>) {
  const all: Acted = { act: null, done: [], refused: [] };
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const { done, refused } = await api.post<Acted>("/tasks/finish", { ids: some, outcome, values });
    all.done.push(...done);
    all.refused.push(...refused);
  }
  return all;
}
export const undoTaskAct = (act: number) => api.post<{ kept: number }>(`/tasks/acts/${act}/undo`);
export const giveTaskBack = (id: number) => api.post<void>(`/tasks/${id}/give-back`);
export const findTargets = (ids: number[]) => api.post<{ id: number; readable: number }[]>("/tasks/targets", { ids });
export const setCapacity = (person: number, capacity: number | null) =>
  api.put<void>(`/tasks/team/${person}/capacity`, { capacity });

export const takeTask = (id: number) => api.post<void>(`/tasks/${id}/take`);
