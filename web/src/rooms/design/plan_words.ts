/** Words for what a publication does. */
import type { TFunction } from "i18next";
import type { Difference, Operation, Plan, Step } from "./api";
import { seconds } from "./moment";

export type Way = "instant" | "rewrite" | "hide" | "lossy";
export const wayOf = (one: Operation): Way => (one.act.startsWith("hide") ? "hide" : one.grade);

/** How many changes a plan holds; a definition that comes whole is one. */
export const changesOf = (plan: Plan | undefined): number =>
  plan?.steps.reduce((n, step) => n + Math.max(1, step.operations.length), 0) ?? 0;

/** Who works meanwhile waits for it: not for what nobody has yet. */
export const waits = (plan: Plan): boolean =>
  plan.steps.some((step) => step.kind === "form" && step.operations.some((one) => one.act !== "create_form"));

const FLAGS = ["required", "unique", "tracked"];

function phrase(t: TFunction, one: Difference): string {
  if (one.what.startsWith("options_") && one.names.length > 0)
    return t(`design:differs_${one.what}`, { names: one.names.join(t("design:comma")) });
  if (one.what === "options_order" || one.what === "order") return t(`design:differs_${one.what}`);
  if (one.what === "label") return t("design:differs_label", { before: one.before });
  if (FLAGS.includes(one.what)) return t(`design:differs_${one.what}_${one.on ? "on" : "off"}`);
  return t(one.on ? "design:differs_other" : "design:differs_other_off", { what: t(`forms:attribute_${one.what}`) });
}

const TOLD = ["change_field", "convert_field", "set_formula", "change_form"];

/** 「续费状态」增加选项「协商中」 */
export function titleOf(t: TFunction, one: Operation, step: Step): string {
  const name = one.label || step.label;
  const said = one.differs.map((it) => phrase(t, it));
  if (one.act === "convert_field" && one.was !== one.kind)
    said.unshift(t("design:differs_kind", { before: t(`forms:kind_${one.was}`), after: t(`forms:kind_${one.kind}`) }));
  if (!TOLD.includes(one.act) || said.length === 0)
    return t(`design:act_${one.act}`, { name, count: one.fields.length });
  return t("design:differs", { name, what: said.join(t("design:and")) });
}

/** What becomes of the records that there are. */
export function noteOf(t: TFunction, one: Operation): string {
  if (one.returns) return t("design:note_returns");
  if (one.lost > 0)
    return t("design:note_lost", {
      count: one.lost,
      examples: one.examples.map((row) => `${row.label} ${row.value}`).join(t("design:comma")),
    });
  if (one.short > 0) return t("design:note_short", { count: one.short });
  if (one.act === "hide_field" || one.act === "hide_form") return t("design:note_hide");
  if (one.act === "convert_field") return t("design:note_convert");
  if (one.act === "create_form" && typeof one.facts.fields === "number")
    return t("design:note_fields", { count: one.facts.fields });
  if (one.act !== "add_field") return "";
  const kind = t(`forms:kind_${one.kind}`);
  if (one.kind === "formula") return t(one.grade === "rewrite" ? "design:note_computed" : "design:note_formula");
  return t(one.rows > 0 ? "design:note_blank" : "design:note_kind", { kind });
}

/** How many records it is about; nothing for words alone. */
export function rowsOf(t: TFunction, one: Operation, noun: string | undefined): string {
  const counted = { noun: noun ?? t("design:record_noun") };
  if (one.act === "hide_field") return t("design:with_value", { ...counted, count: one.values });
  return one.rows > 0 ? t("design:rows", { ...counted, count: one.rows }) : "";
}

export const timeOf = (t: TFunction, one: Operation): string =>
  one.ms >= 50 ? t("design:seconds", { n: seconds(one.ms) }) : t("design:way_instant");
