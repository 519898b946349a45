/** What an attribute of a step is called, and what it says, in business words. */
import { useTranslation } from "react-i18next";
import { useForms, useLabel } from "@/rooms/forms";
import { useDefined } from "./flow_parts";
import type { ProcessTree } from "./flow_tree";
import { useFlowWords } from "./flow_words";
import type { Who } from "./node_words";

const FORMULAS = new Set(["when", "met", "covers", "cancel_when", "not_before", "until", "title"]);
const NODES = new Set(["left", "stands", "touched", "then", "of", "nodes", "returns"]);
const PEOPLE = new Set(["who", "to", "copy_to"]);
const FIELDS = new Set(["fill", "match", "hold_by", "owner", "date", "seal", "over", "record", "same"]);
/** attribute -> what its values are called */
const WORDS: Record<string, string> = {
  priority: "flow:priority_",
  mode: "processes:mode_",
  opinion: "flow:opinion_",
  on_timeout: "flow:overdue_",
  kind: "processes:start_",
  empty: "flow:empty_",
  late: "flow:attr_late_",
  scope: "flow:attr_scope_",
  rest: "flow:attr_rest_",
};

export function useDifferenceWords(tree: ProcessTree) {
  const { t, i18n } = useTranslation();
  const words = useFlowWords(tree);
  const label = useLabel();
  const forms = useForms();
  const templates = useDefined("template");
  const comma = i18n.language === "en" ? ", " : "、";
  const form = (key: unknown) => label(forms.find((f) => f.key === key) ?? { label: String(key ?? "") });

  function one(attribute: string, value: unknown): string {
    if (value === undefined || value === null || value === "") return t("flow:attr_none");
    if (typeof value === "boolean" || value === "TRUE") return t(value ? "flow:attr_yes" : "flow:attr_no");
    if (Array.isArray(value)) return value.map((v) => one(attribute, v)).join(comma) || t("flow:attr_none");
    if (PEOPLE.has(attribute)) return words.who(value as Who);
    if (NODES.has(attribute)) return words.of(String(value)).title;
    if (attribute === "template") return templates.find((c) => c.value === value)?.label ?? String(value);
    if (attribute === "form") return form(value);
    if (FIELDS.has(attribute) && typeof value === "string") {
      const name = words.field(value.replace(/!$/, ""));
      return value.endsWith("!") ? t("flow:attr_must", { name }) : name;
    }
    if (FORMULAS.has(attribute)) return words.labelled(String(value));
    const known = WORDS[attribute];
    if (known && typeof value === "string") return t(`${known}${value}`, { defaultValue: value });
    if (typeof value === "object") return inside(attribute, value as Record<string, unknown>);
    return attribute === "ratio" ? `${Math.round(Number(value) * 100)}%` : String(value);
  }
  function inside(attribute: string, value: Record<string, unknown>): string {
    if (attribute === "set")
      return Object.entries(value)
        .map(([key, text]) => `${words.field(key)} = ${words.labelled(String(text))}`)
        .join(comma);
    if (attribute === "fields")
      return `${words.field(String(value.field))} ${t(`flow:right_${String(value.right)}`, { defaultValue: "" })}`.trim();
    if (attribute === "empty") return `${t("flow:empty_person")} ${String(value.person ?? "")}`;
    return Object.entries(value)
      .map(([key, part]) => `${name(key)} ${one(key, part)}`)
      .join(comma);
  }
  const name = (attribute: string) => t(`flow:attr_${attribute}`, { defaultValue: attribute });
  return { name, value: one };
}
