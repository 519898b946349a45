import { useQuery } from "@tanstack/react-query";
import { keys } from "@/api";
import type { Form } from "@/rooms/forms";
import { checkFormula } from "./api";
import { size } from "./conditions";
import { fromTree } from "./conditions_tree";
import { useNames } from "./use_names";

/** How many conditions the filter has, by the server's tree; 1 when it does not fit into rows. */
export function useRowsOf(filter: string, form: Form): number {
  const { names, titles } = useNames(form);
  const checked = useQuery({
    queryKey: keys.formula(form.key, filter),
    queryFn: ({ signal }) => checkFormula(form.key, filter, signal),
    enabled: filter !== "",
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  if (!filter) return 0;
  const rows = checked?.ok && checked.tree ? fromTree(checked.tree, names, titles) : null;
  return rows ? size(rows) : 1;
}
