import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";

export const STEPS = ["upload", "mapping", "check", "run", "result"] as const;
export type Step = (typeof STEPS)[number];

export function Steps({ now, onBack }: { now: Step; onBack?: ((step: Step) => void) | undefined }) {
  const { t } = useTranslation();
  const at = STEPS.indexOf(now);
  return (
    <ol className="steps" aria-label={t("imports:steps")}>
      {STEPS.map((step, i) => (
        <li key={step} className={i < at ? "passed" : undefined} aria-current={i === at ? "step" : undefined}>
          <button
            type="button"
            className="bare row"
            disabled={!(onBack && i < at && step === "mapping")}
            onClick={() => onBack?.(step)}
          >
            <span className="steps-number">{i < at ? <Icon name="check" size={12} /> : i + 1}</span>
            <span className="steps-word">{t(`imports:step_${step}`)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
