import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { Value } from "@/rooms/records";

export type Bucket = "overdue" | "today" | "week" | "later";

export interface TaskField {
  key: string;
  required: boolean;
}

export interface Task {
  id: number;
  version?: number;
  title: string;
  form: string;
  record_id: number;
  record_label: string | null;
  /** the customer's name where the record belongs to one */
  customer?: string | null;
  amount?: string | null;
  end_date?: string | null;
  priority: "high" | "normal" | "low";
  due_on: string | null;
  /** workdays past due */
  late_workdays?: number;
  bucket: Bucket;
  state: "open" | "done" | "cancelled";
  assignee: { id: number; name: string } | null;
  /** why this person: the step of the assignee order taken */
  assigned_by?: string | null;
  fields: TaskField[];
  /** present values of those fields */
  values?: Record<string, Value>;
  note?: string | null;
  finished_at?: string | null;
  outcome?: string | null;
}

export interface Tile {
  key: "today" | "overdue" | "due_month" | "soon" | "risk";
  count: number;
  amount?: string | null;
  facts?: Record<string, string | number>;
  /** where a click leads: a task filter or a list with exactly these records */
  form?: string;
  filter?: string;
}

export interface Week {
  from: string;
  amount: string;
  count: number;
  filter?: string;
}

export interface Workbench {
  tiles: Tile[];
  tasks: Task[];
  workdays_left?: number;
  weeks?: Week[];
  /** what the system did today, by kind */
  done?: { key: string; label: string; count: number; noun: string }[];
  proof?: { at: string; planned: number; missing: number };
}

export const workbenchQuery = queryOptions({
  queryKey: keys.workbench,
  queryFn: ({ signal }) => api.get<Workbench>("/workbench", signal),
});

export interface TaskShape {
  view: "mine" | "waiting" | "done" | "team";
  form?: string;
  record_id?: number;
}
export const tasksQuery = (shape: TaskShape) =>
  queryOptions({
    queryKey: keys.tasks(shape),
    queryFn: ({ signal }) => api.get<Task[]>(`/tasks${query({ ...shape })}`, signal),
  });

export const finishTask = (id: number, values: Record<string, Value>) =>
  api.post<void>(`/tasks/${id}/finish`, { values });
export const transferTask = (id: number, to: number, note: string) =>
  api.post<void>(`/tasks/${id}/transfer`, { to, note });
