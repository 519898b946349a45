import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";
import type { TabTree } from "./form_tree";

export type Kind =
  | "text"
  | "long_text"
  | "number"
  | "money"
  | "percent"
  | "date"
  | "datetime"
  | "yes_no"
  | "select"
  | "multi_select"
  | "relation"
  | "person"
  | "department"
  | "phone"
  | "mail"
  | "link"
  | "auto_number"
  | "formula"
  | "address"
  | "rating"
  | "nps"
  | "persons"
  | "relations"
  | "attachment"
  | "image"
  | "signature"
  | "certificate";

export interface Option {
  key: string;
  label: string;
  label_en?: string | null;
}

export interface Field {
  key: string;
  label: string;
  label_en?: string | null;
  kind: Kind;
  required?: boolean;
  unique?: boolean;
  /** keeps readings */
  tracked?: boolean;
  options?: Option[] | null;
  /** relation: the other form */
  to?: string | null;
  /** formula: its result */
  type?: string | null;
  /** text: what its values must be, for example credit_code */
  format?: string | null;
  formula?: string | null;
  note?: string | null;
  section?: string | null;
  /** what I may do with it; a hidden field is not in the list at all */
  grant?: "masked" | "read" | "write";
  /** may be given when a record is created */
  fill_in?: boolean;
  default?: string | null;
  visible_when?: string | null;
  required_when?: string | null;
  read_only_when?: string | null;
  /** days left until `date` are shown here, as long as the field `during` does not say no */
  counts?: components["schemas"]["CountsOut"] | null;
}

export interface Collection {
  key: string;
  form: string;
  field: string;
  label?: string | null;
  label_en?: string | null;
  sub_table?: boolean;
}

export interface Form {
  key: string;
  label: string;
  label_en?: string | null;
  /** 量词 */
  noun: string;
  /** the field shown as a record's name */
  title: string | null;
  card?: string[] | null;
  /** of a sub-table: the form that its rows live in */
  within?: string | null;
  owner?: string | null;
  fields: Field[];
  may: ("create" | "update" | "delete")[];
  collections: Collection[];
  layout?: TabTree[];
  /** what stands at first sight, of a form whose records are a centre */
  overview?: components["schemas"]["OverviewOut"] | null;
}

export const formsQuery = queryOptions({
  queryKey: keys.forms,
  queryFn: ({ signal }) => api.get<Form[]>("/forms", signal),
  staleTime: 300_000,
});

export function useForms(): Form[] {
  return useQuery(formsQuery).data ?? [];
}

export function useForm(key: string): Form | undefined {
  const forms = useForms();
  return useMemo(() => forms.find((f) => f.key === key), [forms, key]);
}

/** A label made by users: English when there is one and English is on, else Chinese. */
export function useLabel() {
  const { i18n } = useTranslation();
  const english = i18n.language === "en";
  return useMemo(
    () => (thing: { label?: string | null; label_en?: string | null }) =>
      (english && thing.label_en) || thing.label || "",
    [english],
  );
}

/** What a value of this field is like: a formula counts as its result. */
export function valueKind(field: Field): Exclude<Kind, "formula" | "auto_number"> {
  if (field.kind === "auto_number") return "text";
  if (field.kind !== "formula") return field.kind;
  switch (field.type) {
    case "number":
    case "money":
    case "percent":
    case "date":
    case "datetime":
    case "yes_no":
    case "select":
      return field.type;
    case "boolean":
    case "bool":
      return "yes_no";
    default:
      return "text";
  }
}

export const isComputed = (field: Field) => field.kind === "formula";
export const mayWrite = (field: Field) => !isComputed(field) && (field.grant ?? "write") === "write";
