import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { DecisionTree } from "./model";

export interface TableProblem {
  severity: "error" | "hint";
  code: string;
  path: string;
  text: string;
}
/** `cells`: the row that would close it, behind row `after` (from 1). */
export interface Gap {
  cells: string[];
  example: (string | null)[];
  after: number;
}
/** Two rows, from 0. */
export interface Overlap {
  first: number;
  second: number;
  cells: string[];
  example: (string | null)[];
}
export interface Checked {
  problems: TableProblem[];
  gaps: Gap[];
  overlaps: Overlap[];
  whole: boolean;
}

export const checkQuery = (tree: DecisionTree | null) =>
  queryOptions({
    queryKey: ["decisions", "check", JSON.stringify(tree)],
    queryFn: ({ signal }) => api.post<Checked>("/decisions/check", { tree }, signal),
    enabled: tree !== null,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });
/** `rules`: rows that are hit, from 1; [0] is the answer without a hit. */
export const tryOut = (tree: DecisionTree, values: Record<string, string>) =>
  api.post<{ rules: number[]; answers: unknown[] }>("/decisions/try", { tree, values });
export const exported = (tree: DecisionTree, format: "xlsx" | "dmn") => api.file("/decisions/export", { tree, format });
export function taken(
  file: File,
  tree: DecisionTree | null,
): Promise<{ tree: DecisionTree; problems: TableProblem[] }> {
  const body = new FormData();
  body.set("file", file);
  if (tree) body.set("tree", JSON.stringify(tree));
  return api.post("/decisions/import", body);
}

/** A stretch of an input; ends as cells write them, null without end. */
export interface Piece {
  kind: "range" | "point" | "word" | "other" | "blank";
  low: string | null;
  high: string | null;
  word: string | null;
}
export interface CoverageMap {
  across: Piece[];
  up: Piece[];
  rules: number[][][];
  whole: boolean;
}
/** `asked`: the question as JSON, so that it is its own key. */
export const mapQuery = (asked: string) =>
  queryOptions({
    queryKey: ["decisions", "map", asked],
    queryFn: ({ signal }) => api.post<CoverageMap>("/decisions/map", JSON.parse(asked), signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
    retry: false,
  });
/** Records alike: rows hit `now` (null: no table is in force) and by what is `drawn`; [0] is the answer without a hit, [] none. */
export interface EffectCase {
  count: number;
  same: boolean;
  now: number[] | null;
  drawn: number[];
  some: { id: number; label: string }[];
}
export interface Effect {
  form: string;
  total: number;
  whole: boolean;
  compared: boolean;
  hits: Record<string, number>;
  same: number;
  otherwise: number;
  missing: number;
  cases: EffectCase[];
}
export const triedOnRecords = (tree: DecisionTree) => api.post<Effect>("/decisions/effect", { tree });
