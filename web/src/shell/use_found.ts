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

const LONGEST = 100;
/** What is asked of the server: whole characters, no more than it takes. */
export const askedOf = (text: string) => [...text.trim()].slice(0, LONGEST).join("");
/** One Latin letter or digit stands in nearly everything. */
export const isEnough = (needle: string) => needle.length >= 2 || /[^\p{ASCII}]/u.test(needle);

interface Finding {
  found: Found[];
  /** what is shown was found for an earlier text */
  searching: boolean;
  error: Error | null;
}

/** Records of every form that the person may read, in one request, the best first. */
export function useFound(forms: readonly Form[], needle: string): Finding {
  const label = useLabel();
  const { t } = useTranslation();
  const enough = isEnough(needle);
  const result = useQuery({
    queryKey: keys.search(needle),
    queryFn: ({ signal }) => api.get<FoundRecord[]>(`/search?text=${encodeURIComponent(askedOf(needle))}`, signal),
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
  return {
    found,
    searching: enough && (result.isPending || result.isPlaceholderData),
    error: enough ? result.error : null,
  };
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
