import { useQueryClient } from "@tanstack/react-query";
import { keys } from "@/api";
import type { Form } from "@/rooms/forms";
import type { Page, Row } from "./api";

/** Chosen rows as they stand now, where the list has read them again since they were chosen. */
export function useFresh(form: Form, chosen: ReadonlyMap<number, Row>): Row[] {
  const client = useQueryClient();
  if (chosen.size === 0) return [];
  const now = new Map<number, Row>();
  for (const [, data] of client.getQueriesData<Page | { pages: Page[] }>({
    queryKey: [...keys.form(form.key), "page"],
  }))
    for (const page of data && "pages" in data ? data.pages : data ? [data] : [])
      for (const row of page.rows)
        if (chosen.has(row.id) && (row.version ?? 0) >= (now.get(row.id)?.version ?? 0)) now.set(row.id, row);
  return [...chosen.values()].map((row) => ({ ...row, ...now.get(row.id) }));
}
