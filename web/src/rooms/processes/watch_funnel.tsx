import { useTranslation } from "react-i18next";
import { Card, format } from "@/kit";
import type { Behind, Watch } from "./watch_api";
import { widths } from "./watch_model";
import { Figure } from "./watch_table";
import { useWatchWords } from "./watch_words";

/** How far the records of the period came, and how they stand. Every figure opens its records. */
export function Funnel({ watch, onOpen }: { watch: Watch; onOpen: (what: Behind) => void }) {
  const { t } = useTranslation();
  const words = useWatchWords(watch);
  const { stages, ends, not_meant } = watch.funnel;
  const first = stages[0]?.count ?? 0;
  const wide = widths(stages);
  return (
    <Card title={t("watch:funnel")} fact={t("watch:funnel_fact")}>
      {first === 0 && <p className="grey">{t("watch:funnel_none")}</p>}
      {first > 0 && (
        <ol className="watch-funnel">
          {stages.map((stage, at) => (
            <li key={stage.key}>
              <span className="cut" title={words.stage(stage)}>
                {words.stage(stage)}
              </span>
              <span className="watch-bar" aria-hidden="true">
                <span style={{ width: `${(wide[at] ?? 0) * 100}%` }} />
              </span>
              <Figure n={stage.count} onClick={() => onOpen({ of: "stage", stage: stage.key })} />
              <span className="grey right">{format.percent(stage.count / first, 0)}</span>
            </li>
          ))}
        </ol>
      )}
      {first > 0 && ends.length > 0 && (
        <p className="row watch-ends">
          {ends.map((end) => (
            <span key={end.key}>
              <span className="grey">{words.stage(end)} </span>
              <Figure n={end.count} onClick={() => onOpen({ of: "stage", stage: end.key })} />
            </span>
          ))}
        </p>
      )}
      {not_meant > 0 && (
        <p className="grey small">
          <button
            type="button"
            className="bare figure-link"
            onClick={() => onOpen({ of: "stage", stage: "not_meant" })}
          >
            {t("watch:not_meant", { count: not_meant })}
          </button>
        </p>
      )}
    </Card>
  );
}
