import { useTranslation } from "react-i18next";
import type { Tone } from "@/theme/tokens";
import { type Grant, isCondition } from "./model";

/** A row scope as a word and its tone: 本人, 部门及下级, 条件, 全部, 无权. */
export function useScopeWord() {
  const { t } = useTranslation();
  return (grant: Grant | null): { text: string; tone: Tone } => {
    if (!grant) return { text: t("access:scope_none"), tone: "plain" };
    if (isCondition(grant.rows)) return { text: t("access:scope_condition"), tone: "plain" };
    return { text: t(`access:scope_${grant.rows}`), tone: SCOPE_TONES[grant.rows] ?? "plain" };
  };
}

export const SCOPE_TONES: Record<string, Tone> = { department: "info", department_below: "info", all: "brand" };
