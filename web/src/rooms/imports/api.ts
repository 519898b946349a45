import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";

export type State = "mapping" | "checked" | "queued" | "running" | "done" | "failed" | "undone";

export interface Column {
  position: number;
  name: string;
  titled: boolean;
  /** how many cells look like what: number, date, text, logical, blank, error */
  kinds: Record<string, number>;
  samples?: string[];
}

export interface About {
  kind: string;
  sheets: { name: string; hidden: boolean }[];
  sheet: string | null;
  header_row: number;
  columns: Column[];
  rows: number;
  encoding: string | null;
  delimiter: string | null;
  /** the import whose mapping this one began with */
  remembered?: { id: number; file: string; at: string } | null;
}

export interface MapField {
  field: string;
  column?: string;
  formula?: string;
  /** the record of another target made from the same row */
  from?: string;
  /** a relation's column: which field of the other form it holds, and whether to create what is absent */
  match?: string;
  create?: boolean;
}

export interface Target {
  form: string;
  name?: string;
  key: string[];
  mode?: "upsert" | "create" | "update";
  fields: MapField[];
  /** how sure the proposal is, by field */
  sure?: Record<string, number>;
}

export interface Mapping {
  targets: Target[];
  date_order?: Record<string, "mdy" | "dmy">;
}

export interface ProblemKind {
  severity: "error" | "hint";
  code: string;
  form: string;
  field: string | null;
  position: number | null;
  count: number;
  rows: number;
  samples: string[] | null;
  first: number;
  text?: string;
}

export interface Report {
  rows: number;
  good: number;
  bad: number;
  skipped: number;
  targets: { form: string; label: string; main: boolean; created: number; updated: number; unchanged: number }[];
  sums: Record<string, string>;
  main: string;
  key: string[];
  problems: ProblemKind[];
  seconds: number;
}

export interface Undone {
  targets: { form: string; label: string; removed: number; restored: number }[];
  kept: { form: string; id: number; label: string | null; why: string }[];
  kept_count: number;
}

export interface ImportAnswer {
  id: number;
  form: string;
  state: State;
  file_name: string;
  about: About;
  mapping: Mapping;
  unmapped: string[];
  checked: Report | null;
  result: Report | null;
  undone: Undone | null;
  answer: Answer;
  skip_errors: boolean;
  error: { code: string; text?: string; facts?: Record<string, unknown> } | null;
  progress: { step: number; steps: number; label: string; rows: number; total: number } | null;
  imported_before: { id: number; finished_at: string; created_label: string } | null;
  /** until when a finished import may be undone */
  undo_until: string | null;
  created_at: string;
  created_label: string;
  finished_at: string | null;
}

export interface ImportLine {
  id: number;
  form: string;
  state: State;
  file_name: string;
  created_at: string;
  created_label: string;
  finished_at: string | null;
  result: Report | null;
}

export interface CellProblem {
  severity: "error" | "hint";
  code: string;
  field: string | null;
  column: string | null;
  value: string | null;
  text?: string;
}
export interface GridRow {
  row: number;
  skip: boolean;
  cells: Record<string, string | null>;
  problems: CellProblem[];
}

/** What the new records set off now. */
export type Answer = "tasks" | "latest" | "all" | "none";

export interface Choice {
  only: "error" | "hint" | "all";
  code?: string | null;
  field?: string | null;
}

const RUNNING: readonly State[] = ["queued", "running"];
export const isRunning = (state: State) => RUNNING.includes(state);

export const importQuery = (id: number) =>
  queryOptions({
    queryKey: keys.import(id),
    queryFn: ({ signal }) => api.get<ImportAnswer>(`/imports/${id}`, signal),
    refetchInterval: (q) => (q.state.data && isRunning(q.state.data.state) ? 400 : false),
  });
export const importsQuery = queryOptions({
  queryKey: keys.imports,
  queryFn: ({ signal }) => api.get<ImportLine[]>("/imports", signal),
});
export const rowsQuery = (id: number, choice: Choice, after: number) =>
  queryOptions({
    queryKey: [...keys.import(id), "rows", choice, after],
    queryFn: ({ signal }) =>
      api.get<GridRow[]>(`/imports/${id}/rows${query({ ...choice, after, limit: 100 })}`, signal),
  });

export function upload(file: File, form: string): Promise<{ id: number }> {
  const body = new FormData();
  body.set("file", file);
  body.set("form", form);
  return api.post<{ id: number }>("/imports", body);
}
export const readAgain = (id: number, chosen: { sheet?: string; header_row?: number; encoding?: string }) =>
  api.post<void>(`/imports/${id}/read`, chosen);
/** The mapping comes from the names of the columns, whatever was remembered. */
export const proposeMapping = (id: number) => api.post<ImportAnswer>(`/imports/${id}/propose`);
export const saveMapping = (id: number, mapping: Mapping) => api.put<void>(`/imports/${id}/mapping`, mapping);
export const dryRun = (id: number) => api.post<unknown>(`/imports/${id}/dry-run`);
export const fixCell = (id: number, fix: { column: string; new: string; row?: number; old?: string }) =>
  api.post<{ count: number }>(`/imports/${id}/fix`, fix);
export const skipRows = (id: number, rows: number[], skipped: boolean) =>
  api.post<{ count: number }>(`/imports/${id}/skip`, { rows, skipped });
/** What the new records would set off at once, per form; null when there are too many rows to try out. */
export interface Effect {
  process: string;
  node: string;
  kind: string;
  label: string;
  label_en: string | null;
  /** it would leave the house */
  outward: boolean;
  count: number;
}
export const effectsQuery = (id: number, stamp: number) =>
  queryOptions({
    queryKey: [...keys.import(id), "effects", stamp],
    queryFn: ({ signal }) => api.post<Record<string, Effect[]> | null>(`/imports/${id}/effects`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export const runImport = (id: number, skipErrors: boolean, answer: Answer) =>
  api.post<void>(`/imports/${id}/run`, { skip_errors: skipErrors, answer });
export const undoImport = (id: number) => api.post<unknown>(`/imports/${id}/undo`);
export const discardImport = (id: number) => api.delete<void>(`/imports/${id}`);
