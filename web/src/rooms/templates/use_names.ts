import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useConditionChoices } from "@/rooms/forms/condition_choices";

export const GIVEN = ["recipient", "count", "lines", "opt_out"] as const;

/** What people call a placeholder, and what there is to choose from. */
export function useNames(form: string) {
  const { t } = useTranslation();
  const { choices } = useConditionChoices(form);
  return useMemo(() => {
    const given = GIVEN.map((key) => ({ key: key as string, label: t(`templates:given_${key}`) }));
    const fields = choices.map((one) => ({ key: one.path.join("."), label: one.label }));
    const names = new Map([...given, ...fields].map((one) => [one.key, one.label]));
    return { given, fields, names };
  }, [choices, t]);
}
