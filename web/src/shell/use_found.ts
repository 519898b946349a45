import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";
import { type Form, useLabel } from "@/rooms/forms";

type FoundRecord = components["schemas"]["FoundRecord"];

/** `form` absent: a colleague */
export interface Found {
  form?: Form;
  id: number;
  title: string;
  hint: string;
}

/** Records of every form that the person may read, in one request, the best first. */
export function useFound(forms: readonly Form[], needle: string): { found: Found[]; searching: boolean } {
  const label = useLabel();
  const { t } = useTranslation();
  const enough = needle.length >= 2 || /[^\p{ASCII}]/u.test(needle);
  const result = useQuery({
    queryKey: keys.search(needle),
    queryFn: ({ signal }) => api.get<FoundRecord[]>(`/search?text=${encodeURIComponent(needle.slice(0, 100))}`, signal),
    enabled: enough,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  const found = (enough ? (result.data ?? []) : []).flatMap((one): Found[] => {
    if (one.form === "person")
      return [
        { id: one.id, title: one.title, hint: [t("shell:colleague"), one.subject?.label].filter(Boolean).join(" · ") },
      ];
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
