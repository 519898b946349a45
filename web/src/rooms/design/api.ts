import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api";

export type DesignKind = "form" | "decision" | "rule" | "role" | "audience" | "template" | "process" | "dashboard";
export interface By {
  id: number | null;
  label: string;
}
export interface DraftHead {
  id: number;
  by: By;
  at: string;
  version: number;
}
export interface Clash {
  path: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
}
export interface Draft<Tree = unknown> extends DraftHead {
  kind: DesignKind;
  key: string;
  label: string;
  tree: Tree | null;
  base: Tree | null;
  merged: Tree | null;
  stale: boolean;
  conflicts: Clash[];
}
export interface DesignProblem {
  severity: "error" | "hint";
  kind: string;
  key: string;
  code: string;
  text: string;
  path: string;
  facts: Record<string, unknown>;
  fix: { path: string; value: string } | null;
}
export interface Saved<Tree = unknown> {
  draft: Draft<Tree>;
  problems: DesignProblem[];
}
export interface Published {
  id: number;
  at: string;
  by: By;
  note: string;
}
export interface Definition {
  kind: DesignKind;
  key: string;
  label: string;
  label_en: string | null;
  state: "published" | "changed" | "new" | "going";
  /** how often it was published */
  number: number;
  published: Published | null;
  draft: DraftHead | null;
}
export interface DefinitionTree<Tree> {
  kind: DesignKind;
  key: string;
  current: Tree | null;
  draft: Draft<Tree> | null;
}
/** An attribute that differs, or options_added, options_gone, options_renamed, options_order, order. */
export interface Difference {
  what: string;
  names: string[];
  before: string;
  /** false: no longer */
  on: boolean;
}
export interface Operation {
  act: string;
  form: string;
  field: string | null;
  /** of the field afterwards, and before */
  kind: string;
  was: string;
  label: string;
  differs: Difference[];
  grade: "instant" | "rewrite" | "lossy";
  rows: number;
  ms: number;
  values: number;
  lost: number;
  examples: { id: number; label: string; value: string }[];
  short: number;
  first_short: { id: number; label: string }[];
  fields: string[];
  returns: boolean;
  facts: Record<string, unknown>;
}
export interface Step {
  act: "create" | "change" | "remove";
  kind: DesignKind;
  key: string;
  label: string;
  number: number;
  operations: Operation[];
}
export interface Use {
  form: string;
  field: string;
  kind: string;
  key: string;
  label: string;
  path: string;
  place: string;
  effect: "breaks" | "check" | "follows" | "none";
}
export interface Plan {
  version: number;
  /** versions of the drafts that it was made of, by their numbers */
  seen: Record<number, number>;
  publishable: boolean;
  problems: DesignProblem[];
  steps: Step[];
  uses: Use[];
  checked: number;
  breaks: number;
  running: { process: string; label: string; version: number; open: number }[];
  lock_ms: number;
  merged: boolean;
}
export interface Publication extends Published {
  definitions: { kind: string; key: string; label: string; act: string }[];
  undoes: number | null;
  undone_by: number | null;
}

/** Everything of the designers begins with this key. */
export const DESIGN = ["design"] as const;

export const definitionsQuery = (kind: DesignKind) =>
  queryOptions({
    queryKey: [...DESIGN, "definitions", kind],
    queryFn: ({ signal }) => api.get<Definition[]>(`/design/definitions?kind=${kind}`, signal),
  });
export const draftsQuery = queryOptions({
  queryKey: [...DESIGN, "drafts"],
  queryFn: ({ signal }) => api.get<Draft[]>("/design/drafts", signal),
});
export const planQuery = (drafts: number[], version: string) =>
  queryOptions({
    queryKey: [...DESIGN, "plan", drafts, version],
    queryFn: () => api.post<Plan>("/design/plan", { drafts }),
    enabled: drafts.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 60_000,
  });
export const undoPlanQuery = (id: number) =>
  queryOptions({
    queryKey: [...DESIGN, "undo", id],
    queryFn: ({ signal }) => api.get<Plan>(`/design/publications/${id}/undo`, signal),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
export const publicationsQuery = queryOptions({
  queryKey: [...DESIGN, "publications"],
  queryFn: ({ signal }) => api.get<Publication[]>("/design/publications", signal),
});

/** Every place that needs a published field. */
export const usesQuery = (form: string, field: string) =>
  queryOptions({
    queryKey: [...DESIGN, "uses", form, field],
    queryFn: ({ signal }) => api.get<Use[]>(`/design/uses/${form}?field=${field}`, signal),
  });

const at = (kind: string, key: string) => `/design/drafts/${kind}/${key}`;
export const readDefinition = <Tree>(kind: DesignKind, key: string) =>
  api.get<DefinitionTree<Tree>>(`/design/definitions/${kind}/${key}`);
/** `had`: the tree that was read before; what colleagues did since stays, unless `insist` where both changed one place. */
export const saveDraft = <Tree>(
  kind: DesignKind,
  key: string,
  tree: Tree | null,
  version: number | null,
  had?: { had: Tree | null; insist: boolean },
) => api.put<Saved<Tree>>(at(kind, key), { tree, version, ...had });
export const draftProblems = (kind: DesignKind, key: string) => api.get<DesignProblem[]>(`${at(kind, key)}/problems`);
export const discardDraft = (kind: DesignKind, key: string) => api.delete<void>(at(kind, key));
export const rebaseDraft = <Tree>(kind: DesignKind, key: string, take: Record<string, "mine" | "theirs">) =>
  api.post<Saved<Tree>>(`${at(kind, key)}/rebase`, { take });
export const publish = (drafts: number[], note: string, plan: Plan | undefined) =>
  api.post<Publication>("/design/publish", { drafts, note, version: plan?.version ?? 0, seen: plan?.seen ?? {} });
export const undoPublication = (id: number, note = "") =>
  api.post<Publication>(`/design/publications/${id}/undo`, { note });
export const proposeKey = (label: string, taken: string[]) =>
  api.post<{ key: string }>("/propose-key", { label, taken }).then((answer) => answer.key);
