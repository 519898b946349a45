import { useQuery } from "@tanstack/react-query";
import { treeQuery } from "@/kit/formula/api";
import { size } from "@/kit/formula/conditions";
import type { Form } from "@/rooms/forms";

/** How many conditions the filter has; 1 when it does not fit into rows. */
export function useRowsOf(filter: string, form: Form): number {
  const found = useQuery({ ...treeQuery(form.key, filter), enabled: filter !== "" }).data;
  if (!filter) return 0;
  return found?.tree ? size(found.tree) : 1;
}
