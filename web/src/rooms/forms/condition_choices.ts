/** What a condition over a form may be about, and the records that it may compare with. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import type { Find } from "@/kit/formula/condition_value";
import type { Choice } from "@/kit/formula/conditions";
import { departmentsQuery, peopleQuery } from "@/rooms/people";
import { type Form, formsQuery, useForms, useLabel } from "./api";
import { type FormTree, optionsOf } from "./form_tree";

const TEXTS = ["text", "long_text", "phone", "mail", "link", "auto_number", "address"];
const NUMBERS = ["rating", "nps", "attachment", "image"];
const REFERENCES: Record<string, string> = { person: "person", persons: "person", department: "department" };
const CERTIFICATE = { number: "text", issuer: "text", from: "date", until: "date" } as const;

interface Known {
  key: string;
  label: string;
  label_en?: string | null;
  kind: string;
  type?: string | null;
  to?: string | null;
  options?: { key: string; label: string; label_en?: string | null }[];
}

/** The fields of a form, published or drawn, then those behind its relations. */
export function choicesOf(
  own: readonly Known[],
  behind: (form: string) => readonly Known[],
  label: (thing: { label?: string | null; label_en?: string | null }) => string,
  word: (key: string) => string,
): Choice[] {
  const read = (field: Known, path: string[], before: string): Choice[] => {
    const name = `${before}${label(field) || field.key}`;
    if (field.kind === "certificate")
      return Object.entries(CERTIFICATE).map(([key, kind]) => ({
        path: [...path, key],
        label: `${name} · ${word(`certificate_${key}`)}`,
        kind,
      }));
    const shown = field.kind === "formula" ? (field.type ?? "") : field.kind;
    const kind = TEXTS.includes(shown)
      ? "text"
      : NUMBERS.includes(shown)
        ? "number"
        : shown === "signature" || shown === "boolean"
          ? "yes_no"
          : shown === "persons" || shown === "relations"
            ? "references"
            : shown === "person" || shown === "department"
              ? "relation"
              : shown;
    if (!kind) return [];
    const to = REFERENCES[shown] ?? (shown === "relation" || shown === "relations" ? field.to : undefined);
    const options = field.options?.map((o) => ({ value: o.key, label: label(o) }));
    return [{ path, label: name, kind, ...(options?.length ? { options } : {}), ...(to ? { to } : {}) }];
  };
  const direct = own.flatMap((field) => read(field, [field.key], ""));
  const further = own.flatMap((via) =>
    via.kind === "relation" && via.to
      ? behind(via.to)
          .filter((field) => field.kind !== "relation" && field.kind !== "relations")
          .flatMap((field) => read(field, [via.key, field.key], `${label(via)} · `))
      : [],
  );
  return [...direct, ...further];
}

const known = (form: Form | undefined): Known[] =>
  (form?.fields ?? []).map(({ options, ...field }) => ({ ...field, ...(options ? { options } : {}) }));

/** `drawn`: the form as it is in a designer; what its formulas give is known from the published ones. */
export function useConditionChoices(form: string, drawn?: FormTree): { choices: Choice[]; find: Find } {
  const { t } = useTranslation();
  const forms = useForms();
  const label = useLabel();
  const client = useQueryClient();
  const choices = useMemo(() => {
    const of = (key: string) => known(forms.find((f) => f.key === key));
    const published = of(form);
    const own = drawn?.fields.map((f) => ({
      ...f,
      type: f.type ?? published.find((p) => p.key === f.key)?.type ?? null,
      options: optionsOf(f),
    }));
    return choicesOf(own ?? published, of, label, (key) => t(`formula:${key}`));
  }, [forms, form, drawn, label, t]);
  return { choices, find: useMemo(() => finder(client), [client]) };
}

const finder =
  (client: QueryClient): Find =>
  async (to, text, ids) => {
    const fits = (name: string) => name.toLowerCase().includes(text.trim().toLowerCase());
    if (to === "person" || to === "department") {
      const all = await (to === "person" ? client.fetchQuery(peopleQuery) : client.fetchQuery(departmentsQuery));
      return all.filter((one) => fits(one.name) || ids.includes(one.id)).map((p) => ({ value: p.id, label: p.name }));
    }
    const forms = await client.fetchQuery(formsQuery);
    const title = forms.find((f) => f.key === to)?.title;
    if (!title) return [];
    const page = await api.post<{ rows: { id: number; [field: string]: unknown }[] }>(`/forms/${to}/page`, {
      columns: [title],
      search: text.trim() || null,
      limit: 20,
    });
    const found = page.rows.map((row) => ({ value: row.id, label: String(row[title] ?? row.id) }));
    const missing = ids.filter((id) => !found.some((one) => one.value === id));
    const named = await Promise.all(
      missing.map((id) =>
        api.get<{ title: string | null }>(`/forms/${to}/${id}`).then(
          (one) => ({ value: id, label: one.title ?? String(id) }),
          () => ({ value: id, label: String(id) }),
        ),
      ),
    );
    return [...named, ...found];
  };
