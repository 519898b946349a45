import { useTranslation } from "react-i18next";
import { Blank, type format } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import type { Chart, Pick } from "./api";
import { isFew, isMoney, pickOf, shown } from "./model";
import { useNouns } from "./use_nouns";

/** The same figures as rows; every cell opens its records. */
export function ChartTable({ chart, unit, onPick }: { chart: Chart; unit: format.Unit; onPick: (pick: Pick) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForm(chart.form);
  const { suffix } = useNouns(chart.form);
  const by = form?.fields.find((f) => f.key === chart.by.split(".")[0]);
  return (
    <div className="chart-table">
      <table>
        <thead>
          <tr>
            <th scope="col">{by && !chart.by.includes(".") ? label(by) : t("reports:group")}</th>
            {chart.measures.map((m) => (
              <th key={m.key} scope="col" className="right">
                {label(m)}
                {isMoney(m) && unit === "wan" && <span className="grey"> {t("reports:wan")}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.rows.map((row) => (
            <tr key={row.other ? "other" : String(row.by)}>
              <th scope="row" className="cut" title={row.label ?? undefined}>
                {row.other ? t("reports:other") : (row.label ?? <span className="grey">{t("reports:blank")}</span>)}
                {row.running && <span className="grey"> · {t("reports:running")}</span>}
              </th>
              {chart.measures.map((m) => {
                const figure = row.values[m.key];
                const cell = shown(figure, m, unit, "");
                if (figure?.value == null)
                  return (
                    <td key={m.key} className="right">
                      <Blank />
                    </td>
                  );
                return (
                  <td key={m.key} className="right">
                    <button
                      type="button"
                      className="bare cell-figure"
                      title={figure.base != null ? `${figure.over ?? 0} / ${figure.base}` : cell.full}
                      onClick={() => onPick(pickOf(chart, row, m.key))}
                    >
                      {cell.text}
                      {unit === "auto" && cell.suffix && ` ${suffix(cell.suffix)}`}
                    </button>
                    {isFew(figure, m) && <span className="grey small"> {t("reports:few")}</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
