import { useTranslation } from "react-i18next";
import { Card, Empty, format, SmallTable } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Simulation } from "./api";

/** The assumption about people, kind by kind. */
export function Habits({ one }: { one: Simulation }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Card title={t("simulations:habits")} fact={t("simulations:habits_fact")} flush>
      {one.habits.length === 0 ? (
        <Empty>{t(`simulations:assumes_${one.people}`)}</Empty>
      ) : (
        <SmallTable
          columns={[
            t("simulations:kind"),
            { right: t("simulations:median") },
            t("simulations:outcome"),
            { right: t("simulations:seen") },
          ]}
        >
          {one.habits.map((h) => (
            <tr key={`${h.form}.${h.key}`}>
              <td title={label(h)}>{label(h)}</td>
              <td className="right">{t("simulations:days", { n: format.number(h.days, 1) })}</td>
              <td>{h.outcome_label ? label({ label: h.outcome_label, label_en: h.outcome_label_en ?? "" }) : "—"}</td>
              <td className={h.seen < 5 ? "right grey" : "right"} title={h.seen < 5 ? t("simulations:few") : undefined}>
                {h.seen}
              </td>
            </tr>
          ))}
        </SmallTable>
      )}
    </Card>
  );
}
