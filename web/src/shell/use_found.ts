import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, keys } from "@/api";
import { type Form, useLabel } from "@/rooms/forms";

/** What the server found in one record; `field` and `value` where the words stand when that is not its name. */
interface FoundRecord {
  form: string;
  id: number;
  title: string;
  field: string | null;
  value: string | null;
  subject: { id?: number | null; label?: string | null } | null;
}

export interface Found {
  form: Form;
  id: number;
  title: string;
  hint: string;
}

/** Records of every form that the person may read, in one request, the best first. */
export function useFound(forms: readonly Form[], needle: string): { found: Found[]; searching: boolean } {
  const label = useLabel();
  const enough = needle.length >= 2 || /[^\p{ASCII}]/u.test(needle);
  const result = useQuery({
    queryKey: keys.search(needle),
    queryFn: ({ signal }) => api.get<FoundRecord[]>(`/search?text=${encodeURIComponent(needle.slice(0, 100))}`, signal),
    enabled: enough,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  const found = (enough ? (result.data ?? []) : []).flatMap((one) => {
    const form = forms.find((f) => f.key === one.form);
    return form ? [{ form, id: one.id, title: one.title, hint: hintOf(form, one, label) }] : [];
  });
  return { found, searching: enough && (result.isPending || result.isPlaceholderData) };
}

/** What the record is, whom it is about, and what in it was meant. */
export function hintOf(
  form: Form,
  one: Pick<FoundRecord, "field" | "value" | "subject">,
  label: (of: Form | Form["fields"][number]) => string,
): string {
  const field = form.fields.find((f) => f.key === one.field);
  const where = field && one.value ? `${label(field)} ${one.value}` : "";
  return [label(form), one.subject?.label ?? "", where].filter(Boolean).join(" · ");
}
