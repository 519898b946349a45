import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Empty, type format, Icon, Lines, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useTheme } from "@/theme";
import { About } from "./about";
import type { Chart, Pick } from "./api";
import { ChartTable } from "./chart_table";
import { isMoney, isPartOfWhole, pickOf, rateFloor, slices } from "./model";
import { barOption, barRow, type Look, lineOption, measureOf, pieOption } from "./options";
import { useNouns } from "./use_nouns";

const EChart = lazy(async () => ({ default: (await import("./echart")).EChart }));

/** A chart with its 口径, its table twin, and a way from each mark to its records. */
export function ChartCard({
  chart,
  unit,
  twin,
  onTwin,
  onPick,
}: {
  chart: Chart;
  unit: format.Unit;
  twin: boolean;
  onTwin: (on: boolean) => void;
  onPick: (pick: Pick) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const asTable = chart.kind === "table" || twin;
  const empty = chart.rows.length === 0;
  const fact = [
    chart.measures.some(isMoney) && unit !== "yuan" ? t("reports:in_wan") : null,
    !empty && chart.kind === "line" && chart.measures.every((m) => m.display === "ratio") ? axisFact(chart, t) : null,
  ].filter(Boolean);
  return (
    <section className="card chart-card" style={{ gridColumn: `span ${chart.span}` }}>
      <div className="card-head">
        <h2 className="cut">{label(chart)}</h2>
        <span className="grey cut">{fact.join(" · ")}</span>
        <span className="spread" />
        {!asTable && !empty && <Legend chart={chart} />}
        <About chart={chart} />
        {chart.kind !== "table" && !empty && (
          <button
            type="button"
            className="icon-button small-button"
            aria-pressed={twin}
            aria-label={t(twin ? "reports:as_chart" : "reports:as_table")}
            title={`${t(twin ? "reports:as_chart" : "reports:as_table")} T`}
            onClick={() => onTwin(!twin)}
          >
            <Icon name={twin ? "report" : "table"} size={15} />
          </button>
        )}
      </div>
      {chart.problem ? (
        <Empty>{t("reports:not_now", { label: label(chart), why: chart.problem })}</Empty>
      ) : empty ? (
        <Empty>{t("reports:no_rows")}</Empty>
      ) : asTable ? (
        <ChartTable chart={chart} unit={unit} onPick={onPick} />
      ) : (
        <Drawing chart={chart} unit={unit} onPick={onPick} />
      )}
    </section>
  );
}

function axisFact(chart: Chart, t: (key: string, values: Record<string, string>) => string): string | null {
  const values = chart.rows.flatMap((r) =>
    chart.measures.map((m) => r.values[m.key]?.value).filter((v) => v !== null && v !== undefined),
  );
  const floor = rateFloor(values.map(Number));
  return floor > 0 ? t("reports:from_rate", { rate: `${Math.round(floor * 100)}%` }) : null;
}

function Drawing({ chart, unit, onPick }: { chart: Chart; unit: format.Unit; onPick: (pick: Pick) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const { palette } = useTheme();
  const { noun } = useNouns(chart.form);
  const option = useMemo(() => {
    const look: Look = {
      palette,
      unit,
      noun,
      phone,
      name: label,
      text: {
        running: t("reports:running"),
        few: t("reports:few"),
        other: t("reports:other"),
        blank: t("reports:blank"),
      },
    };
    return chart.kind === "line"
      ? lineOption(chart, look)
      : chart.kind === "pie"
        ? pieOption(chart, look)
        : barOption(chart, look);
  }, [chart, palette, unit, noun, phone, label, t]);

  function pick(series: string, index: number) {
    const measure = measureOf(series);
    if (chart.kind === "pie") {
      const slice = slices(chart)[index];
      if (slice?.row) onPick(pickOf(chart, slice.row, measure));
      else if (slice) onPick({ chart: chart.key, measure, besides: slice.besides });
      return;
    }
    const row = chart.kind === "line" ? chart.rows[index] : barRow(chart, index);
    if (row) onPick(pickOf(chart, row, measure));
  }
  return (
    <Suspense fallback={<Lines rows={5} height={30} />}>
      <EChart option={option} label={t("reports:drawing", { label: label(chart) })} onPick={pick} />
    </Suspense>
  );
}

function Legend({ chart }: { chart: Chart }) {
  const label = useLabel();
  const { palette } = useTheme();
  if (chart.kind === "pie" || chart.measures.length < 2) return null;
  const part = chart.kind === "bar" && isPartOfWhole(chart);
  const order = chart.kind === "line" ? [0, 1, 3] : part ? [1, 0] : [0, 1, 2, 3, 4, 5];
  return (
    <ul className="legend">
      {chart.measures.map((m, i) => (
        <li key={m.key}>
          <span
            className={part && i === 0 ? "legend-mark legend-line" : "legend-mark"}
            style={{ background: palette.series[order[i] ?? 0] }}
          />
          {label(m)}
        </li>
      ))}
    </ul>
  );
}
