import { useMemo } from "react";
import { usePhone } from "@/kit";
import { type Form, useForms } from "@/rooms/forms";
import type { Shape } from "./api";
import { cardFields } from "./cards";
import { countedBy, type ListState, relatedScore } from "./state";

/** What a list asks the server for: what it shows, and what a cell needs beside its own value. */
export function useShape(form: Form, state: ListState, sums: readonly string[], at: Shape["at"]) {
  const forms = useForms();
  const phone = usePhone();
  const { filter, search, sort, colours, columns, kind, group } = state;
  return useMemo(() => {
    const needs = countedBy(form);
    const score = relatedScore(form, forms);
    const shown = phone ? [...cardFields(form), ...(score ? [score] : [])] : columns;
    const pictures = kind === "gallery" && group ? [group] : [];
    const asked = new Set([...(form.title ? [form.title] : []), ...shown, ...needs, ...sums, ...pictures]);
    return { filter, search, sort, columns: [...asked], colours: colours.map((c) => c.when), at };
  }, [form, forms, phone, columns, filter, search, sort, colours, at, sums, kind, group]);
}
