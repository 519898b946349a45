import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Empty, Fetched, format, Icon, useClock, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { daysOf, type Span, step } from "@/rooms/records/calendar_model";
import { type CalendarDays, calendarQuery, teamQuery } from "./api";
import type { InboxState } from "./inbox_model";
import { titleOf } from "./model";
import "@/rooms/records/calendar.css";
import "./inbox.css";

const IN_A_DAY = 4; // of a month

/** What is due on each day, and what the plan expects to come: mine, or one person's of my team. */
export function TaskCalendar({
  team,
  state,
  onChange,
}: {
  team: boolean;
  state: InboxState;
  onChange: (part: Partial<InboxState>) => void;
}) {
  const { t, i18n } = useTranslation();
  const { today, zone } = useClock();
  const phone = usePhone();
  const people = useQuery({ ...teamQuery, enabled: team }).data?.people ?? [];
  const person = team ? state.person || people[0]?.id || null : null;
  const at = state.day ?? today;
  const days = daysOf(at, state.span);
  const found = useQuery({
    ...calendarQuery(days[0] ?? at, days.at(-1) ?? at, person),
    enabled: !team || person !== null,
  });
  const title =
    state.span === "month"
      ? t("records:group_month", { year: at.slice(0, 4), month: Number(at.slice(5, 7)) })
      : [days[0], t("records:until"), days[6]].join(" ");
  const arrow = (by: number, icon: "leftward" | "rightward", name: string) => (
    <button
      type="button"
      className="icon-button"
      aria-label={t(name)}
      onClick={() => onChange({ day: step(at, state.span, by) })}
    >
      <Icon name={icon} size={16} />
    </button>
  );
  return (
    <section className="card card-flush task-card">
      <div className="calendar">
        <div className="row calendar-head">
          {arrow(-1, "leftward", "records:calendar_before")}
          <b aria-live="polite">{title}</b>
          {arrow(1, "rightward", "records:calendar_after")}
          <Button size="small" disabled={at === today} onClick={() => onChange({ day: null })}>
            {t("today")}
          </Button>
          {team && (
            <Select
              size="small"
              aria-label={t("tasks:whose")}
              value={person}
              style={{ minWidth: 120 }}
              options={people.map((p) => ({ value: p.id, label: p.name }))}
              showSearch={{ optionFilterProp: "label" }}
              onChange={(id) => onChange({ person: id })}
            />
          )}
          <span className="spread" />
          <Segmented<Span>
            size="small"
            value={state.span}
            aria-label={t("records:calendar_span")}
            options={[
              { value: "month", label: t("records:calendar_month") },
              { value: "week", label: t("records:calendar_week") },
            ]}
            onChange={(span) => onChange({ span })}
          />
        </div>
        <Fetched of={found} rows={8}>
          {(data) =>
            phone ? (
              <Agenda data={data} days={days} zone={zone} />
            ) : (
              <div className={`calendar-days calendar-${state.span} task-calendar`}>
                {days.slice(0, 7).map((day) => (
                  <div key={day} className="calendar-weekday grey-2">
                    {format.weekday(day, i18n.language as format.Locale)}
                  </div>
                ))}
                {days.map((day) => (
                  <Day
                    key={day}
                    day={day}
                    data={data}
                    beside={state.span === "month" && day.slice(0, 7) !== at.slice(0, 7)}
                    most={state.span === "week" ? 40 : IN_A_DAY}
                    onMore={() => onChange({ span: "week", day })}
                  />
                ))}
              </div>
            )
          }
        </Fetched>
      </div>
    </section>
  );
}

/** On a phone: the days on which there is something. */
function Agenda({ data, days, zone }: { data: CalendarDays; days: readonly string[]; zone: string }) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  const steps = new Set(data.steps.map((one) => format.local(one.due_at, zone).day));
  const some = days.filter((day) => data.days[day] || steps.has(day));
  if (!some.length) return <Empty>{t("tasks:calendar_empty")}</Empty>;
  return (
    <div className="task-agenda task-calendar">
      {some.map((day) => (
        <section key={day}>
          <h2 className="task-column-head">{format.dateWithWeekday(day, i18n.language as format.Locale, today)}</h2>
          <Day day={day} data={data} beside={false} most={50} onMore={() => undefined} />
        </section>
      ))}
    </div>
  );
}

function Day({
  day,
  data,
  beside,
  most,
  onMore,
}: {
  day: string;
  data: CalendarDays;
  beside: boolean;
  most: number;
  onMore: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { today, zone } = useClock();
  const tasks = data.tasks.filter((task) => task.due_at && format.local(task.due_at, zone).day === day);
  const steps = data.steps.filter((one) => format.local(one.due_at, zone).day === day);
  const count = data.days[day] ?? 0;
  const shownTasks = tasks.slice(0, most);
  const shownSteps = steps.slice(0, Math.max(0, most - shownTasks.length));
  const more = count + steps.length - shownTasks.length - shownSteps.length;
  return (
    <div className={`calendar-day ${beside ? "beside" : ""} ${day === today ? "now" : ""}`} data-day={day}>
      <span className="calendar-number">{Number(day.slice(8))}</span>
      {shownTasks.map((task) => (
        <Link
          key={`t${task.id}`}
          to={`/r/${task.form}/${task.record_id}`}
          className={`calendar-item ${day < today ? "late" : ""}`}
          title={[titleOf(task, label), task.customer, task.record_title].filter(Boolean).join(" · ")}
        >
          <b className="cut">{titleOf(task, label)}</b>
          <span className="cut grey-2">{task.customer ?? task.record_title}</span>
        </Link>
      ))}
      {shownSteps.map((one) => (
        <Link
          key={`s${one.process}.${one.key}.${one.record_id}.${one.due_at}.${one.certain}`}
          to={`/r/${one.form}/${one.record_id}`}
          className="calendar-item coming"
          title={[label(one), one.record_title].filter(Boolean).join(" · ")}
        >
          <span className="cut">{label(one)}</span>
          <span className="cut grey-2">{one.record_title}</span>
          {!one.certain && <Chip>{t("tasks:expected")}</Chip>}
        </Link>
      ))}
      {more > 0 && (
        <button type="button" className="bare small" onClick={onMore}>
          {t("tasks:more_of_day", { count: more })}
        </button>
      )}
    </div>
  );
}
