import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { IconName } from "@/kit";
import { type Form, useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { type Node, rolesQuery, type Start } from "./api";

export const NODE_LOOK: Record<string, { icon: IconName; colour: string }> = {
  start: { icon: "play", colour: "#1B7A57" },
  task: { icon: "person", colour: "#2F6DB5" },
  approval: { icon: "approval", colour: "#6F4A8E" },
  seal: { icon: "seal", colour: "#A0405F" },
  condition: { icon: "fork", colour: "#8A6410" },
  parallel: { icon: "split", colour: "#8A6410" },
  inclusive: { icon: "splitSome", colour: "#8A6410" },
  join: { icon: "merge", colour: "#8A6410" },
  sub: { icon: "flow", colour: "#5C6A7A" },
  wait: { icon: "clock", colour: "#5C6A7A" },
  notify: { icon: "mail", colour: "#1A7A8C" },
  update: { icon: "edit", colour: "#1A7A8C" },
  create: { icon: "addCircle", colour: "#1A7A8C" },
  webhook: { icon: "plug", colour: "#1A7A8C" },
  end: { icon: "archive", colour: "#1B7A57" },
  cancel: { icon: "forbid", colour: "#5C6A7A" },
};
/** A task that asks for a sealed file looks like one. */
export const kindOf = (node: { kind: string; seal?: unknown }) =>
  node.kind === "task" && node.seal ? "seal" : node.kind;
export const lookOf = (kind: string) => NODE_LOOK[kind] ?? { icon: "flow" as const, colour: "#5C6A7A" };

/** Where a condition may lead, its end included. */
function waysOut(spec: Record<string, unknown>): Set<string> {
  const cases = (spec.cases as { next?: string }[] | undefined) ?? [];
  return new Set([...cases.map((c) => c.next ?? "end"), String(spec.otherwise ?? "end")]);
}

export interface Who {
  field?: string;
  head_of?: string;
  role?: string;
  person?: string;
  audience?: string;
  /** so many levels above the person in `of` */
  superiors?: number;
  of?: string;
}

const OFFSET = /^(\w+)\s*([-+])\s*(\d+)$/;

/** What a node does, in one grey line of business words. */
export function useNodeWords(formKey: string) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const me = useMe();
  const roles = useQuery({ ...rolesQuery, enabled: me.may.includes("people") }).data;
  const form = forms.find((f) => f.key === formKey);
  const mark = i18n.language === "en" ? ", " : "、";
  const field = (key: string, of: Form | undefined = form): string => {
    const [first = "", ...rest] = key.replace(/!$/, "").split(".");
    const found = of?.fields.find((f) => f.key === first);
    if (!found) return key;
    if (rest.length === 0) return label(found);
    const next = forms.find((f) => f.key === found.to);
    return `${label(found)} · ${field(rest.join("."), next)}`;
  };
  const who = (to: Who | undefined): string =>
    to?.superiors
      ? t("processes:superiors", { count: to.superiors, who: field(to.of ?? "") })
      : to?.field
        ? field(to.field)
        : to?.head_of
          ? t("processes:head_of", { who: field(to.head_of) })
          : to?.role
            ? label(roles?.find((r) => r.key === to.role) ?? { label: to.role })
            : to?.audience
              ? t("processes:contacts")
              : (to?.person ?? "");
  /** a formula with the labels of its fields; what stands in quotes stays */
  const labelled = (text: string): string =>
    text.replace(/"[^"]*"|[a-z_]\w*(?:\.\w+)*/g, (word) => (word.startsWith('"') ? word : field(word)));
  const formula = (text: string): string => {
    const m = OFFSET.exec(text.trim());
    if (!m) return labelled(text);
    const [, key = "", sign = "", n = ""] = m;
    return t(sign === "-" ? "processes:before" : "processes:after", { date: field(key), count: Number(n) });
  };
  const spec = (node: Node) => node.spec as Record<string, never> & { [k: string]: unknown };

  function node(one: Node): string {
    const s = spec(one);
    switch (one.kind) {
      case "task":
        return [
          Array.isArray(s.who) ? (s.who as Who[]).map(who).filter(Boolean).join(mark) : who(s.who as Who | undefined),
          s.due_workdays ? t("processes:within", { count: Number(s.due_workdays) }) : "",
        ]
          .filter(Boolean)
          .join(" · ");
      case "sub": {
        const over = form?.collections.find((c) => c.key === s.over);
        return over
          ? t("flow:fact_each", { name: label(over) })
          : s.record
            ? field(String(s.record))
            : t("flow:sub_own");
      }
      case "webhook":
        return String(s.url ?? "").replace(/^https?:\/\//, "");
      case "approval":
        return [
          t(`processes:mode_${typeof s.mode === "string" ? s.mode : "all"}`),
          ((s.who as unknown as Who[] | undefined) ?? []).map(who).filter(Boolean).join(mark),
        ]
          .filter(Boolean)
          .join(" · ");
      case "wait":
        if (s.days || s.workdays)
          return t(s.days ? "processes:lasting_days" : "processes:lasting_workdays", {
            count: Number(s.days ?? s.workdays),
          });
        if (typeof s.until === "string") return `${formula(s.until)} ${typeof s.at === "string" ? s.at : ""}`.trim();
        if (typeof s.met === "string") return t("processes:until_met");
        if (s.arrives) {
          const comes = forms.find((f) => f.key === (s.arrives as unknown as { form?: string }).form);
          return t("flow:fact_arrives", { form: comes ? label(comes) : "" });
        }
        if (typeof s.hook === "string") return t("flow:fact_hook", { name: s.hook });
        return t("processes:kind_wait");
      case "condition":
        return t("processes:ways", { count: waysOut(s).size });
      case "inclusive":
        return t("processes:ways_some", { count: waysOut(s).size });
      case "join":
        return s.need ? t("processes:joins_some", { count: Number(s.need) }) : t("processes:joins_all");
      case "parallel":
        return t("processes:lines", { count: one.targets.length });
      case "notify":
        return t("processes:tell", { who: who(s.to as Who | undefined) });
      case "update":
        return t("processes:sets", {
          fields: Object.keys((s.set as object | undefined) ?? {})
            .map((k) => field(k))
            .join(mark),
        });
      case "create": {
        const made = forms.find((f) => f.key === s.form);
        return t("processes:makes", { form: made ? label(made) : String(s.form ?? "") });
      }
      default:
        return t(`processes:kind_${one.kind}`, { defaultValue: "" });
    }
  }
  function start(one: Start): string {
    if (one.kind === "date" && typeof one.date === "string") {
      const days = Number(one.days ?? one.workdays ?? 0);
      const when = days === 0 ? field(one.date) : formula(`${one.date} ${days < 0 ? "-" : "+"} ${Math.abs(days)}`);
      return `${when} ${typeof one.at === "string" ? one.at : ""}`.trim();
    }
    return t(`processes:start_${one.kind}`, { defaultValue: "" });
  }
  return { node, start, field, labelled, who };
}

/** 2.1 天, 5 小时: how long the middle one stayed */
export function stay(seconds: number | string | null): { unit: "days" | "hours" | "minutes"; n: string } | null {
  const s = Number(seconds ?? 0);
  if (!Number.isFinite(s) || s < 60) return null;
  if (s >= 86_400) return { unit: "days", n: (s / 86_400).toFixed(1).replace(/\.0$/, "") };
  if (s >= 3_600) return { unit: "hours", n: (s / 3_600).toFixed(1).replace(/\.0$/, "") };
  return { unit: "minutes", n: String(Math.round(s / 60)) };
}
