import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { format, Icon, useClock } from "@/kit";
import type { Decided, Listed, Planned } from "./api";
import { OccurrenceRow } from "./occurrence_row";
import { type Day, days, fitting } from "./plan_model";

/** As many lines as are drawn at once. */
const STEP = 200;

/** Days with their lines; what the condition left out is one line that opens. */
export function DayList<T extends Decided | Planned>({
  rows,
  processes,
  unfold = false,
}: {
  rows: readonly T[];
  processes: readonly Listed[];
  /** the filter asked for exactly these */
  unfold?: boolean;
}) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const [most, setMost] = useState(STEP);
  const found = days(rows, zone, !unfold);
  const lines = found.reduce((n, d) => n + Math.max(1, d.rows.length), 0);
  return (
    <>
      {fitting(found, most).map(({ day, shown }) => (
        <OneDay key={day.day} day={day} shown={shown} processes={processes} />
      ))}
      {lines > most && (
        <p className="plan-more">
          <Button size="small" onClick={() => setMost(most + STEP)}>
            {t("processes:show_more", { count: Math.min(STEP, lines - most) })}
          </Button>
        </p>
      )}
    </>
  );
}

function OneDay({
  day,
  shown,
  processes,
}: {
  day: Day<Decided | Planned>;
  shown: number;
  processes: readonly Listed[];
}) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  const [open, setOpen] = useState(false);
  const late = day.rows.filter((r) => "outcome" in r && r.outcome === "late").length;
  const ahead = format.daysBetween(today, day.day);
  const word = ahead === 0 ? t("today") : ahead === 1 ? t("tomorrow") : ahead === -1 ? t("yesterday") : "";
  const folded = day.folded.length > 0;
  return (
    <section>
      <h2 className="day-head">
        {word && <b className={ahead === 0 ? "good" : undefined}>{word}</b>}
        <b>{format.dateWithWeekday(day.day, i18n.language as format.Locale, today)}</b>
        <span className="grey">{t("processes:items", { count: day.rows.length })}</span>
        {late > 0 && <span className="day-late">{t("processes:items_late", { count: late })}</span>}
      </h2>
      <ul>
        {day.rows.slice(0, shown).map((row) => (
          <OccurrenceRow key={keyOf(row)} row={row} processes={processes} />
        ))}
        {folded && (
          <li className="folded">
            <button type="button" className="bare" aria-expanded={open} onClick={() => setOpen(!open)}>
              <Icon name={open ? "up" : "down"} size={13} />
              {t("processes:folded", { count: day.folded.length })}
            </button>
          </li>
        )}
        {open && folded && day.folded.map((row) => <OccurrenceRow key={keyOf(row)} row={row} processes={processes} />)}
      </ul>
    </section>
  );
}

const keyOf = (row: Decided | Planned) =>
  "id" in row ? row.id : `${row.process}.${row.key}.${row.record_id}.${row.basis}.${row.certain}`;
