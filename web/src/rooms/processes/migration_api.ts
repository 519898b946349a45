import { queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";

type Verdict = "moves" | "choose" | "cannot";

/** Who stands at one node of one version. */
export interface Place {
  key: string;
  label: string;
  label_en: string;
  kind: string;
  version: number;
  here: number;
  verdict: Verdict;
  /** why it is no plain move: gone, other_kind, other_split */
  why: string;
  options: string[];
  proposed: string;
  changes: string[];
}

/** One instance that needs a choice, or cannot go. */
export interface Standing extends Place {
  instance: number;
  record_id: number;
  title: string | null;
}

/** `open` instances on other versions = moves + choose + cannot. */
export interface Foreseen {
  form: string;
  to: number | null;
  open: number;
  moves: number;
  choose: number;
  cannot: number;
  suspended: number;
  nodes: Place[];
  ask: Standing[];
  stay: Standing[];
  options: Record<string, { label: string; label_en: string; acts: boolean }>;
}

export interface Migration {
  id: number;
  at: string;
  by: { label?: string };
  number: number;
  moved: number;
  back: number;
  undone_at: string | null;
}

export interface Back {
  moved: number;
  stayed: number;
  gone_on: { instance: number; record_id: number; title: string | null }[];
}

/** `of`: what it is asked anew for. */
export const foreseenQuery = (process: string, draft = false, of = "") =>
  queryOptions({
    queryKey: [...keys.process(process), "migration", draft, of] as const,
    queryFn: ({ signal }) => api.get<Foreseen>(`/processes/${process}/migration${query({ draft })}`, signal),
  });

export const migrationsQuery = (process: string) =>
  queryOptions({
    queryKey: [...keys.process(process), "migrations"] as const,
    queryFn: ({ signal }) => api.get<Migration[]>(`/processes/${process}/migrations`, signal),
  });

export interface Chosen {
  to: number;
  choices: Record<string, string>;
  own: { instance: number; node: string; target: string }[];
}
export const migrate = (process: string, chosen: Chosen) =>
  api.post<{ id: number | null; moved: number; stayed: number; left: number }>(
    `/processes/${process}/migration`,
    chosen,
  );
export const undoMigration = (id: number) => api.post<Back>(`/migrations/${id}/undo`, {});
