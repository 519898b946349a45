/** A rule in the reader's words. */
import { useTranslation } from "react-i18next";
import type { IconName } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { useDefined, usePeople } from "@/rooms/processes/flow_parts";
import { useNodeWords, type Who } from "@/rooms/processes/node_words";
import type { Tone } from "@/theme/tokens";
import { type ActionTree, againOf, offsetOf, type RuleTree, type Severity, type StepTree } from "./model";
import { split } from "./run";

export const SEVERITY_LOOK: Record<Severity, { tone: Tone; icon: IconName }> = {
  high: { tone: "urgent", icon: "flame" },
  warn: { tone: "warn", icon: "hourglass" },
  info: { tone: "info", icon: "clock" },
};
export const ACTION_LOOK: Record<string, { icon: IconName; colour: string }> = {
  task: { icon: "todo", colour: "#2F6DB5" },
  notify: { icon: "mail", colour: "#1A7A8C" },
  update: { icon: "edit", colour: "#6F4A8E" },
  create: { icon: "addCircle", colour: "#6F4A8E" },
  start: { icon: "flow", colour: "#5C6A7A" },
  webhook: { icon: "plug", colour: "#5C6A7A" },
};
export const RUN_WORDS: Record<string, string> = { "<": "below", "<=": "most", ">": "above", ">=": "least" };
export const lookOf = (kind: string) => ACTION_LOOK[kind] ?? { icon: "bolt" as const, colour: "#5C6A7A" };

export function useRuleWords(formKey: string) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const { field, labelled, who } = useNodeWords(formKey);
  const templates = useDefined("template");
  const processes = useDefined("process");
  const audiences = useDefined("audience");
  const people = usePeople();
  const form = forms.find((one) => one.key === formKey);
  const comma = t("rules:and");
  const formName = (key: string) => {
    const found = forms.find((one) => one.key === key);
    return found ? label(found) : key;
  };
  const person = (value: unknown): string => {
    const given = (value ?? {}) as Who;
    if (given.audience) return audiences.find((one) => one.value === given.audience)?.label ?? given.audience;
    if (given.person) return people.find((one) => one.value === given.person)?.label ?? given.person;
    return who(given);
  };

  /** 前 30 天 */
  function offset(step: StepTree): string {
    const n = offsetOf(step);
    const unit = step.workdays === undefined ? "days" : "workdays";
    if (n === 0) return t("rules:on_day");
    return t(`rules:${n < 0 ? "before" : "after"}_${unit}`, { n: Math.abs(n) });
  }
  function when(tree: RuleTree): string {
    const { kind, at = "09:00", day = 1, date = "" } = tree.when;
    switch (kind) {
      case "daily":
        return t("rules:when_daily_at", { at });
      case "weekly":
        return t("rules:when_weekly_at", { day: t(`rules:weekday_${day}`), at });
      case "monthly":
        return t("rules:when_monthly_at", { day, at });
      case "offsets": {
        const steps = tree.steps ?? [];
        const alike = steps.every((one) => offsetOf(one) < 0 && one.workdays === undefined);
        const days = steps.map((one) => Math.abs(offsetOf(one))).join(t("rules:days_comma"));
        return alike && steps.length > 0
          ? t("rules:when_before", { date: field(date), days })
          : `${field(date)} ${steps.map(offset).join(comma)}`;
      }
      default:
        return t("rules:when_changed_of", { form: form ? label(form) : formKey });
    }
  }
  /** What an action is called, and what it says of itself in a grey line. */
  function action(one: ActionTree): { title: string; fact: string } {
    const name = t(`rules:action_${one.kind}`, { defaultValue: one.kind });
    const fields = (target: string) => {
      const of = forms.find((f) => f.key === target);
      return Object.keys((one.set as object | undefined) ?? {})
        .map((key) => of?.fields.find((f) => f.key === key))
        .map((f, n) => (f ? label(f) : (Object.keys((one.set as object | undefined) ?? {})[n] ?? "")))
        .join(comma);
    };
    switch (one.kind) {
      case "task":
        return {
          title: t("rules:said", { name, what: label(one as { label?: string; label_en?: string }) }),
          fact: [
            t("rules:assigned", { who: person(one.who ?? { field: form?.owner ?? "" }) }),
            t("rules:within_workdays", { n: Number(one.due_workdays ?? 3) }),
            ...(one.priority === "high" || one.priority === "low" ? [t(`rules:priority_${one.priority}`)] : []),
          ].join(" · "),
        };
      case "notify": {
        const channels = (Array.isArray(one.channels) ? one.channels : []).map((c) =>
          t(`rules:channel_${String(c)}`, { defaultValue: String(c) }),
        );
        return {
          title: t("rules:told", { who: person(one.to ?? { field: form?.owner ?? "" }) }),
          fact: [
            one.template
              ? t("rules:by_template", {
                  name: templates.find((c) => c.value === one.template)?.label ?? String(one.template),
                })
              : t("rules:no_template"),
            ...(channels.length ? [channels.join(t("rules:then"))] : []),
          ].join(" · "),
        };
      }
      case "update": {
        const path = typeof one.record === "string" ? one.record : "";
        const target = path
          .split(".")
          .filter(Boolean)
          .reduce((key, s) => forms.find((f) => f.key === key)?.fields.find((f) => f.key === s)?.to ?? key, formKey);
        return { title: `${name} · ${path ? field(path) : formName(formKey)}`, fact: fields(target) };
      }
      case "create":
        return {
          title: t("rules:said", { name, what: formName(String(one.form ?? "")) }),
          fact: fields(String(one.form ?? "")),
        };
      case "start":
        return {
          title: t("rules:said", {
            name,
            what: processes.find((c) => c.value === one.process)?.label ?? String(one.process ?? ""),
          }),
          fact: "",
        };
      default:
        return { title: name, fact: String(one.url ?? "").replace(/^https?:\/\//, "") };
    }
  }
  function again(tree: RuleTree): string {
    if (tree.when.kind === "offsets") return t("rules:again_offsets");
    if (againOf(tree) === "cycle" && tree.cycle) return t("rules:again_cycle_of", { date: labelled(tree.cycle) });
    return t(`rules:again_${againOf(tree)}`);
  }
  /** 健康度评分 低于 60，连续 2 周; anything else as a formula in labels */
  function condition(text: string): string {
    const found = split(text);
    if (!found) return labelled(text);
    const { run, rest } = found;
    const said = t("rules:run_said", {
      field: field(run.field),
      how: t(`rules:run_${RUN_WORDS[run.op]}`),
      limit: run.limit,
      long: t(`rules:run_${run.period}s`, { n: run.times }),
    });
    return rest ? `${said}${t("rules:and_also")}${labelled(rest)}` : said;
  }
  const template = (key: string) => templates.find((one) => one.value === key)?.label ?? key;
  return { when, offset, action, again, person, field, labelled, form, formName, template, condition };
}
