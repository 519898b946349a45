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
