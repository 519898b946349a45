import { useTranslation } from "react-i18next";
import { Card, Empty, format } from "@/kit";
import type { Simulation } from "./api";

/** The assumption about people, kind by kind. */
export function Habits({ one }: { one: Simulation }) {
  const { t } = useTranslation();
  return (
    <Card title={t("simulations:habits")} fact={t("simulations:habits_fact")} flush>
      {one.habits.length === 0 ? (
        <Empty>{t(`simulations:assumes_${one.people}`)}</Empty>
      ) : (
        <table className="small-table">
          <thead>
            <tr>
              <th scope="col">{t("simulations:kind")}</th>
              <th scope="col" className="right">
                {t("simulations:median")}
              </th>
              <th scope="col">{t("simulations:outcome")}</th>
              <th scope="col" className="right">
                {t("simulations:seen")}
              </th>
            </tr>
          </thead>
          <tbody>
            {one.habits.map((h) => (
              <tr key={`${h.form}.${h.key}`}>
                <td title={h.label}>{h.label}</td>
                <td className="right">{t("simulations:days", { n: format.number(h.days, 1) })}</td>
                <td>{h.outcome ? t(`simulations:outcome_${h.outcome}`, { defaultValue: "—" }) : "—"}</td>
                <td
                  className={h.seen < 5 ? "right grey" : "right"}
                  title={h.seen < 5 ? t("simulations:few") : undefined}
                >
                  {h.seen}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
