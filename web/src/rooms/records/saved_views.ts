/** Views that were saved: a list's state under a name. Choosing one writes its state into the address. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { Form } from "@/rooms/forms";
import { defaultSort, fits, type ListState, shows, type Tree, writeColours, writeSort, writeWidths } from "./state";

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

/** What the list shows now, to be kept; what the view says beside it stays. */
export const treeOf = (state: ListState, view?: SavedView): Tree => ({
  ...view?.tree,
  kind: state.kind,
  filter: state.filter,
  search: state.search,
  sort: state.sort,
  group: state.group,
  columns: state.columns.map((path) => ({
    ...view?.tree.columns?.find((c) => c.path === path),
    path,
    width: state.widths[path] ?? null,
    frozen: state.frozen.includes(path),
  })),
  colours: [...state.colours],
});

/** A view as the state of a list; fields that this reader does not know are left out. */
export function stateOf(
  view: SavedView,
  form: Form,
  usual: readonly string[],
  forms?: readonly Form[],
): Partial<ListState> {
  const { tree } = view;
  const has = (path: string) => shows(form, path, forms);
  const columns = (tree.columns ?? []).filter((c) => has(c.path));
  const sort = (tree.sort ?? []).filter((s) => has(s.field));
  const by = form.fields.find((f) => f.key === tree.group);
  return {
    view: view.id,
    kind: fits(tree.kind, by) ? tree.kind : "table",
    filter: tree.filter,
    search: tree.search,
    sort: sort.length ? sort : defaultSort(form),
    group: by && fits(tree.kind, by) ? by.key : null,
    columns: columns.length ? columns.map((c) => c.path) : [...usual],
    widths: Object.fromEntries(columns.flatMap((c) => (c.width ? [[c.path, c.width]] : []))),
    frozen: columns.flatMap((c) => (c.frozen ? [c.path] : [])),
    colours: (tree.colours ?? []).filter((c) => !c.field || has(c.field)),
  };
}

/** What a list is without any view. */
export const plainState = (form: Form, usual: readonly string[]): Partial<ListState> => ({
  ...{ view: null, kind: "table", group: null, search: "", sort: defaultSort(form), columns: [...usual] },
  ...{ widths: {}, frozen: [], colours: [], day: null, span: "month" },
});

/** The list shows something else than the view that it was opened with. */
export function differs(
  state: ListState,
  view: SavedView,
  form: Form,
  usual: readonly string[],
  forms?: readonly Form[],
): boolean {
  const said = (of: Partial<ListState>) =>
    JSON.stringify([
      [of.kind, of.filter, of.search, of.group, writeSort(of.sort ?? []), of.columns, of.frozen],
      [writeWidths(of.widths ?? {}), writeColours(of.colours ?? [])],
    ]);
  return said(stateOf(view, form, usual, forms)) !== said(state);
}
