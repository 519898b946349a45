import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { Value } from "@/rooms/records";

/** A field that finishing a task asks for. */
export interface Fill {
  field: string;
  required?: boolean;
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
export const transferTask = (id: number, personId: number) =>
  api.post<void>(`/tasks/${id}/transfer`, { person_id: personId });
export const takeTask = (id: number) => api.post<void>(`/tasks/${id}/take`);
