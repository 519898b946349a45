import { useMemo } from "react";
import { type Field, type Form, useForms } from "@/rooms/forms";

/** A field that a list can show: one of the form, or of what it points to. */
export interface Named {
  path: string;
  field: Field;
  /** the relation on the way */
  via?: Field;
}

export function named(form: Form, forms: readonly Form[]): Named[] {
  const out: Named[] = form.fields.map((field) => ({ path: field.key, field }));
  for (const via of form.fields) {
    if (via.kind !== "relation" || !via.to) continue;
    const other = forms.find((f) => f.key === via.to);
    for (const field of other?.fields ?? []) {
      if (field.kind !== "relation") out.push({ path: `${via.key}.${field.key}`, field, via });
    }
  }
  return out;
}

export function useNames(form: Form): { names: Named[] } {
  const forms = useForms();
  return useMemo(() => ({ names: named(form, forms) }), [form, forms]);
}
