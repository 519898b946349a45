/** Views that were saved: a list's state under a name. Choosing one writes its state into the address. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { Form } from "@/rooms/forms";
import type { Sort } from "./api";
import { defaultSort, type ListKind, type ListState, writeSort } from "./state";

export interface Tree {
  kind: ListKind | "calendar" | "gallery";
  filter: string;
  search: string;
  sort: Sort[];
  group: string | null;
  columns: { path: string; width?: number | null; frozen?: boolean }[];
}
export interface SavedView {
  id: number;
  label: string;
  tree: Tree;
  /** null: my own; empty: for everyone */
  roles: string[] | null;
  mine: boolean;
  default: boolean;
}
type Given = Pick<SavedView, "label" | "tree" | "roles">;

export const viewsKey = (form: string) => ["views", form] as const;
export const viewsQuery = (form: string) =>
  queryOptions({
    queryKey: viewsKey(form),
    queryFn: ({ signal }) => api.get<SavedView[]>(`/views/${form}`, signal),
    staleTime: 60_000,
  });

export const createView = (form: string, view: Given) => api.post<{ id: number }>(`/views/${form}`, view);
export const changeView = (form: string, id: number, view: Given) => api.put<void>(`/views/${form}/${id}`, view);
export const deleteView = (form: string, id: number) => api.delete<void>(`/views/${form}/${id}`);
export const restoreView = (form: string, id: number) => api.post<void>(`/views/${form}/${id}/restore`);
export const chooseDefault = (form: string, view: number | null) => api.put<void>(`/views/${form}/default`, { view });

/** What the list shows now, to be kept. */
export const treeOf = (state: ListState): Tree => ({
  kind: state.kind,
  filter: state.filter,
  search: state.search,
  sort: state.sort,
  group: state.group,
  columns: state.columns.map((path) => ({ path })),
});

/** A view as the state of a list; fields that this reader does not know are left out. */
export function stateOf(view: SavedView, form: Form, usual: readonly string[]): Partial<ListState> {
  const has = (path: string) => form.fields.some((f) => f.key === path.split(".")[0]);
  const columns = view.tree.columns.map((c) => c.path).filter(has);
  const sort = view.tree.sort.filter((s) => has(s.field));
  const group = view.tree.group && has(view.tree.group) ? view.tree.group : null;
  return {
    view: view.id,
    kind: view.tree.kind === "board" && group ? "board" : "table",
    filter: view.tree.filter,
    search: view.tree.search,
    sort: sort.length ? sort : defaultSort(form),
    group,
    columns: columns.length ? columns : [...usual],
  };
}

/** The list shows something else than the view that it was opened with. */
export function differs(state: ListState, view: SavedView, form: Form, usual: readonly string[]): boolean {
  const kept = stateOf(view, form, usual);
  return (
    kept.kind !== state.kind ||
    kept.filter !== state.filter ||
    kept.search !== state.search ||
    kept.group !== state.group ||
    writeSort(kept.sort ?? []) !== writeSort(state.sort) ||
    (kept.columns ?? []).join() !== state.columns.join()
  );
}
