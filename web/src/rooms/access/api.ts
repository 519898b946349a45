import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { Tree } from "./model";

export interface MatrixField {
  key: string;
  label: string;
  label_en: string | null;
  kind: string;
  to?: string | null;
}
export interface MatrixForm {
  key: string;
  label: string;
  label_en: string | null;
  noun: string;
  within: string | null;
  owner: string | null;
  fields: MatrixField[];
}
export interface Place {
  form: string;
  field: string;
}
export interface Disclosure {
  form: string;
  field: string;
  inputs: Place[];
  kept: boolean;
}
export interface MatrixRole {
  key: string;
  label: string;
  label_en: string | null;
  state: "published" | "changed" | "new" | "going";
  holders: number;
  current: Tree | null;
  draft: Tree | null;
  draft_id: number | null;
  draft_version: number | null;
  stale: boolean;
  disclosures: Disclosure[];
}
export interface Matrix {
  forms: MatrixForm[];
  roles: MatrixRole[];
  rights: string[];
  menu: string[];
}

export interface Problem {
  severity: "error" | "hint";
  kind: string;
  key: string;
  text: string;
  path: string;
}
export interface Saved {
  draft: { id: number; version: number };
  problems: Problem[];
}
export interface Plan {
  version: number;
  seen: Record<number, number>;
  publishable: boolean;
  merged: boolean;
  problems: Problem[];
  steps: { act: "create" | "change" | "remove"; kind: string; key: string; label: string }[];
}
export interface Effects {
  people: {
    person_id: number;
    name: string;
    form: string;
    before: number;
    after: number;
    gained: number;
    lost: number;
  }[];
  rights: { person_id: number; name: string; gained: string[]; lost: string[] }[];
  uncounted: string[];
  own_administration: boolean;
}

export interface Rule {
  role: string;
  label: string;
  label_en: string | null;
  rows: string | null;
  rights: string[];
  holds: boolean;
  decided: boolean;
}
export interface SeenField extends MatrixField {
  level: "hidden" | "masked" | "read" | "write";
  role: string | null;
  hidden_inputs: Place[];
  value: unknown;
}
export interface Seen {
  person: string;
  form: string;
  record: number;
  title: string | null;
  visible: boolean;
  owner: string | null;
  rules: Rule[];
  fields: SeenField[];
  total: number;
  visible_count: number;
}

const MATRIX = ["access", "matrix"] as const;

export const matrixQuery = queryOptions({
  queryKey: MATRIX,
  queryFn: ({ signal }) => api.get<Matrix>("/access/matrix", signal),
});

export const reachQuery = (role: string, form: string) =>
  queryOptions({
    queryKey: [...MATRIX, "reach", role, form],
    queryFn: ({ signal }) => api.get<{ records: number }>(`/access/reach/${role}/${form}`, signal),
  });

export const saveDraft = (role: string, tree: Tree | null, version: number | null) =>
  api.put<Saved>(`/design/drafts/role/${role}`, { tree, version });
export const discardDraft = (role: string) => api.delete<void>(`/design/drafts/role/${role}`);
export const problemsOf = (role: string, signal?: AbortSignal) =>
  api.get<Problem[]>(`/design/drafts/role/${role}/problems`, signal);
export const planOf = (drafts: number[], signal?: AbortSignal) => api.post<Plan>("/design/plan", { drafts }, signal);
export const effectsOf = (drafts: number[], signal?: AbortSignal) =>
  api.post<Effects>("/access/effects", { drafts }, signal);
export const publish = (drafts: number[], note: string, plan: Plan | undefined) =>
  api.post<{ id: number }>("/design/publish", { drafts, note, version: plan?.version ?? 0, seen: plan?.seen ?? {} });
export const undoPublication = (id: number) => api.post<{ id: number }>(`/design/publications/${id}/undo`);
export const viewAs = (person: number, form: string, record: number, signal?: AbortSignal) =>
  api.post<Seen>("/access/view-as", { person, form, record }, signal);
