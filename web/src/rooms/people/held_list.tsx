import { useTranslation } from "react-i18next";
import { useLabel } from "@/rooms/forms";
import type { Held } from "./people_api";

/** What somebody still has, by kind and number. */
export function HeldList({ held, steps }: { held: readonly Held[]; steps: number }) {
  const { t } = useTranslation();
  const heldText = useHeldText();
  return (
    <ul className="held-list">
      {held.map((one) => (
        <li key={`${one.kind}.${one.form}.${one.field}`}>
          <span className="cut">{heldText(one)}</span>
          <b>
            {one.count.toLocaleString("en")} {one.noun}
          </b>
        </li>
      ))}
      {steps > 0 && (
        <li className="grey">
          <span className="cut">{t("people:held_steps")}</span>
          <span>{steps.toLocaleString("en")}</span>
        </li>
      )}
    </ul>
  );
}

export function useHeldText() {
  const { t } = useTranslation();
  const label = useLabel();
  return (one: Held) =>
    one.kind === "records"
      ? `${label({ label: one.form_label, label_en: one.form_label_en })} · ${label({
          label: one.field_label,
          label_en: one.field_label_en,
        })}`
      : t(`people:held_${one.kind}`);
}
