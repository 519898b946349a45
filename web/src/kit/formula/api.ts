/** What the server knows of formulas: completion, the argument being written, conditions as rows. */
import { queryOptions } from "@tanstack/react-query";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";
import type { Group, Operators } from "./conditions";
import type { Fault, Proposal } from "./editor";

/** Where names get their meaning: a form in force, or one as it is drawn, with its sub-tables. */
export interface Where {
  form: string;
  drawn?: object[];
}
export type Hint = components["schemas"]["HintOut"];
export type Visual = Omit<components["schemas"]["Visual"], "tree"> & { tree: Group | null };

export const complete = (where: Where, text: string, cursor: number) =>
  api.post<Proposal[]>("/formula/complete", { ...where, text, cursor }).catch((): Proposal[] => []);
export const hintAt = ({ form }: Where, text: string, cursor: number) =>
  api.post<Hint | null>("/formula/hint", { form, text, cursor }).catch(() => null);

export const treeOf = (where: Where, text: string, signal?: AbortSignal) =>
  api.post<Visual>("/formula/tree", { ...where, text }, signal);
export const textOf = (where: Where, tree: Group) => api.post<Visual>("/formula/from-tree", { ...where, tree });

export const operatorsQuery = queryOptions({
  queryKey: keys.formula("", "operators"),
  queryFn: ({ signal }) => api.get<Operators>("/formula/operators", signal),
  staleTime: Number.POSITIVE_INFINITY,
});
export const treeQuery = (form: string, text: string) =>
  queryOptions({
    queryKey: keys.formula(form, text),
    queryFn: ({ signal }) => treeOf({ form }, text, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** Where in the text something is wrong, as the server tells it. */
export function faultOf(problem: { text: string; facts: Record<string, unknown> }, length: number): Fault {
  const { start, end, position } = problem.facts;
  const from = typeof start === "number" ? start : typeof position === "number" ? position - 1 : 0;
  return { from, to: typeof end === "number" ? end : length, text: problem.text };
}
