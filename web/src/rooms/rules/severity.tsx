import { useTranslation } from "react-i18next";
import { Chip } from "@/kit";
import type { Severity } from "./model";
import { SEVERITY_LOOK } from "./words";

/** 高, 中, 低: with its icon, not by hue alone. */
export function SeverityChip({ value }: { value: Severity }) {
  const { t } = useTranslation();
  const { tone, icon } = SEVERITY_LOOK[value];
  return (
    <Chip tone={tone} icon={icon}>
      {t(`rules:severity_${value}`)}
    </Chip>
  );
}
