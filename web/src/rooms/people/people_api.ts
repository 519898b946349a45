import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";

export interface Colleague {
  id: number;
  account: string;
  name: string;
  mail: string | null;
  phone: string | null;
  department_id: number | null;
  department: string | null;
  superior_id: number | null;
  deputy_id: number | null;
  away_from: string | null;
  away_until: string | null;
  active: boolean;
  roles: string[];
}
export interface RoleLine {
  key: string;
  label: string;
  label_en: string | null;
  may: string[];
}
/** What of a person is changed; left out stays. */
export type PersonInput = Partial<Omit<Colleague, "id" | "department" | "active">> & { password?: string };

export interface Held {
  kind: "records" | "tasks" | "claims" | "deputy" | "superior" | "head" | "role";
  count: number;
  form: string;
  field: string;
  form_label: string;
  form_label_en: string | null;
  field_label: string;
  field_label_en: string | null;
  noun: string;
}
export interface Receiver {
  id: number;
  name: string;
  department: string | null;
  same_department: boolean;
  median: number | null;
}
export interface Holdings {
  id: number;
  name: string;
  active: boolean;
  held: Held[];
  steps: number;
  receivers: Receiver[];
}
export interface Line extends Held {
  to: { id: number; name: string; before: number; after: number }[];
}
export interface HandoverPlan {
  lines: Line[];
  chief: string;
  rest: { kind: Held["kind"]; count: number }[];
  steps: number;
}
export interface Handover {
  id: number;
  at: string;
  by: string | null;
  person_id: number;
  person: string;
  plan: HandoverPlan;
  disabled: boolean;
  undone_at: string | null;
}
export interface Share {
  person: number;
  capacity: number;
}

export const colleaguesKey = ["colleagues"] as const;
export const colleaguesQuery = queryOptions({
  queryKey: colleaguesKey,
  queryFn: ({ signal }) => api.get<Colleague[]>("/colleagues", signal),
});
export const rolesQuery = queryOptions({
  queryKey: ["roles"] as const,
  queryFn: ({ signal }) => api.get<RoleLine[]>("/roles", signal),
});
export const holdingsQuery = (person: number) =>
  queryOptions({
    queryKey: ["handover", "holdings", person] as const,
    queryFn: ({ signal }) => api.get<Holdings>(`/people/${person}/holdings`, signal),
    staleTime: 0,
  });
export const handoversQuery = queryOptions({
  queryKey: ["handover", "list"] as const,
  queryFn: ({ signal }) => api.get<Handover[]>("/handovers", signal),
});
export const handoverPlan = (person: number, to: Share[], signal?: AbortSignal) =>
  api.post<HandoverPlan>(`/people/${person}/handover/preview`, { to }, signal);
export const handOver = (person: number, to: Share[], disable: boolean) =>
  api.post<Handover>(`/people/${person}/handover`, { to, disable });
export const undoHandover = (id: number) => api.post<{ kept: number }>(`/handovers/${id}/undo`);

export const createColleague = (given: PersonInput) => api.post<Colleague>("/colleagues", given);
export const changeColleague = (id: number, given: PersonInput) => api.patch<Colleague>(`/colleagues/${id}`, given);
export const disableColleague = (id: number) => api.post<Colleague>(`/colleagues/${id}/disable`);
export const enableColleague = (id: number) => api.post<Colleague>(`/colleagues/${id}/enable`);
export const saveDepartment = (given: {
  key: string;
  name: string;
  parent_id: number | null;
  head_id: number | null;
  new: boolean;
}) => api.post<number>("/departments", given);
