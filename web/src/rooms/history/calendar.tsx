import { useQuery } from "@tanstack/react-query";
import { Button, TimePicker } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { format, Icon, useClock } from "@/kit";
import type { Form } from "@/rooms/forms";
import { daysQuery } from "./api";
import { dayBefore, endOfLastMonth, type Month, monthOf, step, weeks } from "./model";

/** A month with a dot on every day on which the record changed; a day, and a time of it, is the moment A. */
export function Calendar({
  form,
  id,
  moment,
  created,
  last,
  onChoose,
}: {
  form: Form;
  id: number;
  /** a day, with a time or without; empty when A is a change */
  moment: string;
  /** when the record came to be */
  created: string;
  /** the day of the last change: its month is what one comes for */
  last: string | undefined;
  onChoose: (moment: string) => void;
}) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  const navigate = useNavigate();
  const [chosen, time] = [moment.slice(0, 10), moment.slice(11)];
  const [turned, setMonth] = useState<Month | null>(null);
  const month = turned ?? monthOf(chosen || last || today);
  const look = (at: string) => {
    setMonth(monthOf(at));
    onChoose(at);
  };
  const first = created.slice(0, 10);
  const quick = [
    { key: "yesterday", at: dayBefore(today) },
    { key: "last_month", at: endOfLastMonth(today) },
    { key: "when_created", at: first },
  ].filter((one) => one.at >= first && one.at <= today);
  const days = useQuery(daysQuery(form.key, id, month.year, month.month)).data;
  const count = new Map(days?.map((one) => [one.day, one.count]));
  const name = t("history:month", { year: month.year, month: month.month });
  const now = monthOf(today);
  const current = month.year === now.year && month.month === now.month;
  const rows = weeks(month);
  return (
    <section className="card past-calendar" aria-label={t("history:calendar")}>
      <div className="row">
        <button
          type="button"
          className="icon-button"
          aria-label={t("history:month_before")}
          onClick={() => setMonth(step(month, -1))}
        >
          <Icon name="leftward" size={15} />
        </button>
        <span className="spread" />
        <h2>{t("history:as_of_which", { month: name })}</h2>
        <span className="spread" />
        <button
          type="button"
          className="icon-button"
          disabled={current}
          aria-label={t("history:month_after")}
          onClick={() => setMonth(step(month, 1))}
        >
          <Icon name="rightward" size={15} />
        </button>
      </div>
      <table>
        <caption className="sr">{name}</caption>
        <thead>
          <tr>
            {(rows[0] ?? []).map((day) => (
              <th key={day} scope="col">
                {format.weekday(day, i18n.language === "en" ? "en" : "zh").replace(/^周/, "")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => {
                const within = monthOf(day).month === month.month;
                const n = within ? count.get(day) : undefined;
                return (
                  <td key={day}>
                    <button
                      type="button"
                      className="past-day"
                      data-out={!within || day > today || undefined}
                      data-today={day === today || undefined}
                      disabled={day > today}
                      aria-pressed={day === chosen}
                      onClick={() => onChoose(time ? `${day}T${time}` : day)}
                    >
                      <span className="sr">{n ? t("history:day_changed", { day, count: n }) : day}</span>
                      <span aria-hidden>{Number(day.slice(8))}</span>
                      {n !== undefined && <i aria-hidden />}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <div className="past-moment">
        <span className="grey small">{t("history:time")}</span>
        <TimePicker
          size="small"
          format="HH:mm"
          aria-label={t("history:time")}
          placeholder={t("history:whole_day")}
          disabled={!chosen}
          value={time ? dayjs(`${chosen}T${time}`) : null}
          onChange={(one) => onChoose(one ? `${chosen}T${one.format("HH:mm")}` : chosen)}
        />
        <span className="grey small spread">{t("history:calendar_note")}</span>
        {chosen && (
          <Button type="primary" size="small" onClick={() => void navigate(`/r/${form.key}/${id}?at=${moment}`)}>
            {t("history:look")}
          </Button>
        )}
      </div>
      <div className="row past-quick">
        {quick.map((one) => (
          <Button key={one.key} size="small" onClick={() => look(one.at)}>
            {t(`history:${one.key}`)}
          </Button>
        ))}
      </div>
    </section>
  );
}
