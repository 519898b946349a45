import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Collection, type Form, useForms, useLabel } from "@/rooms/forms";
import { countQuery } from "./api";

/** How many records of each kind point to this one, as far as the reader may read them. */
export function useCollectionCounts(form: Form, id: number): ReadonlyMap<string, number> {
  const readable = new Set(useForms().map((f) => f.key));
  const collections = form.collections.filter((c) => readable.has(c.form));
  const results = useQueries({
    queries: collections.map((c) => countQuery(c.form, { filter: `${c.field} = ${id}`, search: "" })),
  });
  return new Map(
    collections.flatMap((c, i) => {
      const count = results[i]?.data?.count;
      return count === undefined ? [] : [[c.key, count] as const];
    }),
  );
}

/** What a list of related records is called: records of the same form by the field that points here. */
export function useCollectionName(form: Form): (collection: Collection) => string {
  const { t } = useTranslation();
  const label = useLabel();
  return (c) => {
    const field = c.form === form.key ? form.fields.find((f) => f.key === c.field) : undefined;
    return field ? t("records:pointing", { field: label(field) }) : label(c) || c.key;
  };
}
