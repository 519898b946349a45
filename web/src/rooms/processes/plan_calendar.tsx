import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Empty, Fetched, format, Icon, useClock, usePhone } from "@/kit";
import { daysOf, shiftMonth } from "@/rooms/records/calendar_model";
import { type CalendarDay, calendarQuery, type Listed, ledgerQuery, planQuery } from "./api";
import { DayList } from "./day_list";
import { allOf, doneOf } from "./plan_model";
import "@/rooms/records/calendar.css";
import "./plan.css";

/** A month of plan and ledger; the chosen day beside it, or on a phone below its lines. */
export function PlanCalendar({
  at,
  chosen,
  process,
  owner,
  processes,
  onGo,
}: {
  /** a day of the month that is shown */
  at: string;
  chosen: string | null;
  process?: string;
  owner?: number;
  processes: readonly Listed[];
  onGo: (at: string, chosen: string | null) => void;
}) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  const phone = usePhone();
  const days = daysOf(at, "month");
  const shape = { ...(process && { process }), ...(owner && { owner }) };
  const found = useQuery({
    ...calendarQuery({ since: days[0] ?? at, until: days.at(-1) ?? at, ...shape }),
    placeholderData: keepPreviousData,
  });
  const arrow = (by: number, icon: "leftward" | "rightward", name: string) => (
    <button type="button" className="icon-button" aria-label={t(name)} onClick={() => onGo(shiftMonth(at, by), null)}>
      <Icon name={icon} size={16} />
    </button>
  );
  const side = chosen && (
    <OneDay key={chosen} day={chosen} shape={shape} processes={processes} onClose={() => onGo(at, null)} />
  );
  return (
    <div className={side && !phone ? "plan-calendar with-day" : "plan-calendar"}>
      <div className="calendar">
        <div className="row calendar-head">
          {arrow(-1, "leftward", "records:calendar_before")}
          <b aria-live="polite">{t("records:group_month", { year: at.slice(0, 4), month: Number(at.slice(5, 7)) })}</b>
          {arrow(1, "rightward", "records:calendar_after")}
          <Button size="small" disabled={at.slice(0, 7) === today.slice(0, 7)} onClick={() => onGo(today, null)}>
            {t("today")}
          </Button>
          <span className="spread" />
          {!phone && <Legend />}
        </div>
        <Fetched of={found} rows={8}>
          {(rows) =>
            phone ? (
              <Agenda
                rows={rows}
                month={at.slice(0, 7)}
                chosen={chosen}
                onChoose={(day) => onGo(at, day)}
                side={side}
              />
            ) : (
              <div className="calendar-days calendar-month">
                {days.slice(0, 7).map((day) => (
                  <div key={day} className="calendar-weekday grey-2">
                    {format.weekday(day, i18n.language as format.Locale)}
                  </div>
                ))}
                {rows.map((row) => (
                  <Cell
                    key={row.day}
                    row={row}
                    beside={row.day.slice(0, 7) !== at.slice(0, 7)}
                    chosen={row.day === chosen}
                    onChoose={() => onGo(at, row.day === chosen ? null : row.day)}
                  />
                ))}
              </div>
            )
          }
        </Fetched>
      </div>
      {!phone && side}
    </div>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <span className="row grey plan-legend">
      <i className="plan-bar-done" /> {t("processes:calendar_done")}
      <i className="plan-bar-coming" /> {t("processes:calendar_coming")}
    </span>
  );
}

function Cell({
  row,
  beside,
  chosen,
  onChoose,
}: {
  row: CalendarDay;
  beside: boolean;
  chosen: boolean;
  onChoose: () => void;
}) {
  const { t } = useTranslation();
  const { today } = useClock();
  const all = allOf(row);
  const done = doneOf(row);
  const now = row.day === today;
  const name = ["calendar-day", "plan-day"];
  if (beside) name.push("beside");
  if (now) name.push("now");
  if (row.off) name.push("off");
  if (chosen) name.push("chosen");
  return (
    <button
      type="button"
      className={name.join(" ")}
      data-day={row.day}
      aria-pressed={chosen}
      disabled={all === 0 && row.tasks + row.mails === 0}
      aria-label={[row.day, all > 0 && t("processes:items", { count: all })].filter(Boolean).join(" ")}
      onClick={onChoose}
    >
      <span className="row">
        <span className="calendar-number">
          {now ? t("processes:today_day", { day: Number(row.day.slice(8)) }) : Number(row.day.slice(8))}
        </span>
        {row.off && <span className="plan-off">{t("processes:day_off")}</span>}
        <span className="spread" />
        {all > 0 && <span className="grey-2">{done > 0 ? `${done}/${all}` : all}</span>}
      </span>
      {all > 0 && <Bar done={done} all={all} />}
      <Told row={row} />
    </button>
  );
}

/** How much of the day is done; what is to come is hatched. */
function Bar({ done, all }: { done: number; all: number }) {
  return (
    <span className="plan-bar">
      <i className="plan-bar-done" style={{ flexGrow: done }} />
      <i className="plan-bar-coming" style={{ flexGrow: all - done }} />
    </span>
  );
}

function Told({ row }: { row: CalendarDay }) {
  const { t } = useTranslation();
  const words = [
    row.mails > 0 && t("processes:calendar_mails", { count: row.mails }),
    row.tasks > 0 && t("processes:calendar_tasks", { count: row.tasks }),
    row.expected > 0 && t("processes:calendar_expected", { count: row.expected }),
  ].filter(Boolean);
  return (
    <>
      {words.length > 0 && <span className="grey-2 cut">{words.join("　")}</span>}
      <span className="row plan-chips">
        {row.late > 0 && (
          <Chip tone="warn" icon="clock">
            {t("processes:calendar_late", { count: row.late })}
          </Chip>
        )}
        {row.skipped > 0 && <Chip icon="forbid">{t("processes:calendar_skipped", { count: row.skipped })}</Chip>}
        {row.held > 0 && (
          <Chip tone="review" icon="pause">
            {t("processes:calendar_held", { count: row.held })}
          </Chip>
        )}
      </span>
    </>
  );
}

/** On a phone: the days on which there is something; the chosen one opens below its line. */
function Agenda({
  rows,
  month,
  chosen,
  onChoose,
  side,
}: {
  rows: readonly CalendarDay[];
  month: string;
  chosen: string | null;
  onChoose: (day: string | null) => void;
  side: React.ReactNode;
}) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  const some = rows.filter((row) => row.day.startsWith(month) && allOf(row) + row.tasks + row.mails > 0);
  const first = useRef<HTMLLIElement>(null);
  const from = some.find((row) => row.day >= (chosen ?? today))?.day;
  useEffect(() => {
    first.current?.scrollIntoView({ block: "start" }); // the past stands above
  }, []);
  if (!some.length) return <Empty>{t("processes:calendar_empty")}</Empty>;
  return (
    <ul className="plan-agenda">
      {some.map((row) => (
        <li key={row.day} ref={row.day === from ? first : undefined}>
          <button
            type="button"
            className="bare plan-agenda-day"
            aria-expanded={row.day === chosen}
            onClick={() => onChoose(row.day === chosen ? null : row.day)}
          >
            <span className="row">
              <b className={row.day === today ? "good" : undefined}>
                {format.dateWithWeekday(row.day, i18n.language as format.Locale, today)}
              </b>
              <span className="spread" />
              <span className="grey-2">{doneOf(row) > 0 ? `${doneOf(row)}/${allOf(row)}` : allOf(row)}</span>
            </span>
            <Bar done={doneOf(row)} all={Math.max(1, allOf(row))} />
            <Told row={row} />
          </button>
          {row.day === chosen && side}
        </li>
      ))}
    </ul>
  );
}

/** What happened on this day and what is still to come. */
function OneDay({
  day,
  shape,
  processes,
  onClose,
}: {
  day: string;
  shape: { process?: string; owner?: number };
  processes: readonly Listed[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { today } = useClock();
  const ledger = useQuery({ ...ledgerQuery({ ...shape, day }), enabled: day <= today });
  const plan = useQuery({ ...planQuery({ ...shape, day }), enabled: day >= today });
  const rows = [...(ledger.data ?? []), ...(plan.data ?? [])].sort((a, b) => a.due_at.localeCompare(b.due_at));
  const { isError, error, refetch } = day < today || (day === today && !ledger.data) ? ledger : plan;
  const there = (day > today || ledger.data) && (day < today || plan.data);
  return (
    <aside className="plan-one-day" aria-label={day}>
      <button type="button" className="icon-button plan-one-close" aria-label={t("close")} onClick={onClose}>
        <Icon name="close" size={16} />
      </button>
      <Fetched
        of={{ isError, error, refetch, data: there }}
        rows={6}
        none={rows.length === 0 && <Empty>{t("processes:day_empty")}</Empty>}
      >
        {() => <DayList rows={rows} processes={processes} />}
      </Fetched>
    </aside>
  );
}
