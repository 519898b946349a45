import { useMemo } from "react";
import { type Field, type Form, useForms } from "@/rooms/forms";
import { type Named, named, type Titles } from "./conditions";

/** The fields that a filter of this form may name. */
export function useNames(form: Form): { names: Named[]; titles: Titles } {
  const forms = useForms();
  return useMemo(
    () => ({
      names: named(form, forms),
      titles: (relation: Field) => forms.find((f) => f.key === relation.to)?.title ?? "name",
    }),
    [form, forms],
  );
}
