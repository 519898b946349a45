import { useQueries } from "@tanstack/react-query";
import { api, keys } from "@/api";
import { type Form, useLabel, valueKind } from "@/rooms/forms";
import { isRef, type Page, type Row, refName } from "@/rooms/records";

const PER_FORM = 5;

export interface Found {
  form: Form;
  row: Row;
  title: string;
  hint: string;
}

/** Records of every form that the person may read, in the order of the navigation. */
export function useFound(forms: readonly Form[], needle: string): { found: Found[]; searching: boolean } {
  const label = useLabel();
  const enough = needle.length >= 2 || /[\u4e00-\u9fff]/.test(needle);
  const results = useQueries({
    queries: forms.map((form) => ({
      queryKey: keys.found(form.key, needle),
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.post<Page>(
          `/forms/${form.key}/page`,
          { filter: null, search: needle, sort: [], columns: columnsOf(form), after: null, limit: PER_FORM },
          signal,
        ),
      enabled: enough,
      staleTime: 30_000,
    })),
  });
  const found = results.flatMap((result, i) => {
    const form = forms[i];
    if (!enough || !form || !result.data) return [];
    return result.data.rows.map((row) => ({ form, row, ...named(form, row, label) }));
  });
  return { found, searching: enough && results.some((r) => r.isPending) };
}

/** Whom a record is about tells two of the same name apart. */
const relationOf = (form: Form) => form.fields.find((f) => f.kind === "relation");
const columnsOf = (form: Form) => [form.title, relationOf(form)?.key].filter((c): c is string => !!c);

function named(form: Form, row: Row, label: ReturnType<typeof useLabel>): { title: string; hint: string } {
  const text = (key: string | undefined | null) => {
    const field = form.fields.find((f) => f.key === key);
    const value = key ? row[key] : null;
    if (!field || value === null || value === undefined) return "";
    if (isRef(value)) return refName(value) ?? "";
    const option = valueKind(field) === "select" && field.options?.find((o) => o.key === value);
    return option ? label(option) : String(value);
  };
  return { title: text(form.title) || `#${row.id}`, hint: text(relationOf(form)?.key) };
}
