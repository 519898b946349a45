import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { format } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { About } from "./about";
import type { Chart, Pick } from "./api";
import { isFew, isRate, shown } from "./model";
import { useNouns } from "./use_nouns";

/** One figure, what it consists of below it; each opens its records. */
export function MetricCard({ chart, unit, onPick }: { chart: Chart; unit: format.Unit; onPick: (pick: Pick) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { noun, suffix } = useNouns(chart.form);
  const [first, ...rest] = chart.measures;
  const values = chart.rows[0]?.values ?? {};
  if (!first) return null;
  const figure = values[first.key];
  const main = shown(figure, first, unit, noun, true);
  const terms = isRate(first) && figure?.base != null;
  return (
    <section className="card metric" style={{ gridColumn: `span ${chart.span}` }}>
      <h2 className="metric-name">
        <span className="cut">{label(chart)}</span>
        <About chart={chart} small />
      </h2>
      {chart.problem ? (
        <p className="bad small">{chart.problem}</p>
      ) : (
        <>
          <button
            type="button"
            className="bare metric-value"
            title={main.full}
            onClick={() => onPick({ chart: chart.key, measure: first.key })}
          >
            <b>{main.text}</b>
            {main.suffix && <span className="grey-2">{suffix(main.suffix)}</span>}
          </button>
          <p className="metric-fact">
            {terms && (
              <>
                <button
                  type="button"
                  className="bare metric-link"
                  onClick={() => onPick({ chart: chart.key, measure: first.key, term: "over" })}
                >
                  {figure?.over ?? 0}
                </button>
                {" / "}
                <button
                  type="button"
                  className="bare metric-link"
                  onClick={() => onPick({ chart: chart.key, measure: first.key })}
                >
                  {figure?.base} {noun}
                </button>
                {isFew(figure, first) && <span className="grey"> · {t("reports:few")}</span>}
              </>
            )}
            {rest.map((m, i) => {
              const more = shown(values[m.key], m, unit, noun, true);
              return (
                <Fragment key={m.key}>
                  {(i > 0 || terms) && " · "}
                  {m.display !== "count" && `${label(m)} `}
                  <button
                    type="button"
                    className="bare metric-link"
                    title={more.full}
                    onClick={() => onPick({ chart: chart.key, measure: m.key })}
                  >
                    {more.text}
                    {more.suffix && ` ${suffix(more.suffix)}`}
                  </button>
                </Fragment>
              );
            })}
          </p>
        </>
      )}
    </section>
  );
}
