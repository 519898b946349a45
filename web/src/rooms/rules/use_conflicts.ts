/** What the drawn rule has to do with other rules and with processes, as hints among its problems. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import type { DesignProblem } from "@/rooms/design";
import { useForms, useLabel } from "@/rooms/forms";
import { conflictsQuery } from "./api";
import type { RuleTree } from "./model";
import { useRuleWords } from "./words";

export function useConflicts(tree: RuleTree | null, wrong: boolean): DesignProblem[] {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const words = useRuleWords(tree?.form ?? "");
  const found = useQuery(conflictsQuery(useDeferredValue(wrong ? null : tree))).data;
  if (!tree || wrong || !found) return [];
  const hint = (code: string, path: string, text: string): DesignProblem => ({
    severity: "hint",
    kind: "rule",
    key: tree.rule,
    code,
    text,
    path,
    facts: {},
    fix: null,
  });
  const fieldOf = (form: string, field: string) => {
    const of = forms.find((one) => one.key === form);
    const known = of?.fields.find((one) => one.key === field);
    return `${of ? label(of) : form} · ${known ? label(known) : field}`;
  };
  const who = (one: { kind: string; label: string }) => t(`rules:other_${one.kind}`, { name: one.label });
  return [
    ...found.writes.map((one) =>
      hint(
        "rules.writes_too",
        one.path,
        t(one.now ? "rules:writes_too_now" : "rules:writes_too", {
          field: fieldOf(one.form, one.field),
          other: who(one.other),
          n: one.now,
          names: one.examples
            .slice(0, 2)
            .map((x) => x.title ?? `#${x.record_id}`)
            .join(t("rules:and")),
        }),
      ),
    ),
    ...found.loops.map((loop) =>
      hint(
        "rules.turns_round",
        "condition",
        t("rules:turns_round", {
          chain: loop
            .map((one) => t("rules:turns_step", { who: who(one), field: fieldOf(one.form, one.field) }))
            .join(t("rules:turns_then")),
        }),
      ),
    ),
    ...found.doubles.map((one) =>
      hint(
        "rules.says_twice",
        one.path,
        t("rules:says_twice", {
          other: who(one.other),
          when: `${words.field(one.date)} ${words.offset({
            key: "",
            ...(one.unit === "workdays" ? { workdays: one.offset } : { days: one.offset }),
          })}`,
        }),
      ),
    ),
  ];
}
