import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, keys } from "@/api";
import type { Page, Row } from "@/rooms/records";
import { titleOf } from "@/rooms/records/cell";
import type { Form } from "./api";
import type { Sample } from "./formula_field";

/** Of some records the first that has the most to show. */
function fullest(rows: readonly Row[]): Row | undefined {
  const filled = (row: Row) => Object.values(row).filter((value) => value !== null && value !== "").length;
  return rows.reduce<Row | undefined>((best, row) => (best && filled(best) >= filled(row) ? best : row), undefined);
}

/** Real records of a published form, and the one that the canvas shows and formulas are tried on. */
export function useSample(form: string, published: Form | undefined) {
  const columns = useMemo(() => published?.fields.map((f) => f.key) ?? [], [published]);
  const [chosen, choose] = useState<number | null>(null);
  const page = useQuery({
    queryKey: keys.page(form, { design: columns }),
    queryFn: ({ signal }) => api.post<Page>(`/forms/${form}/page`, { columns, limit: 20 }, signal),
    enabled: published !== undefined,
  });
  const rows: Row[] = page.data?.rows ?? [];
  const row = rows.find((r) => r.id === chosen) ?? fullest(rows);
  const sample: Sample | null = row && published ? { form, id: row.id, title: titleOf(published, row) } : null;
  return { rows, row, sample, choose };
}
