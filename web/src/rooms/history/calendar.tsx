import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { format, Icon, useClock } from "@/kit";
import type { Form } from "@/rooms/forms";
import { daysQuery } from "./api";
import { monthOf, step, weeks } from "./model";

/** A month with a dot on every day on which the record changed. */
export function Calendar({
  form,
  id,
  chosen,
  onChoose,
}: {
  form: Form;
  id: number;
  chosen: string;
  onChoose: (day: string) => void;
}) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  const [month, setMonth] = useState(monthOf(chosen || today));
  const days = useQuery(daysQuery(form.key, id, month.year, month.month)).data;
  const count = new Map(days?.map((one) => [one.day, one.count]));
  const name = t("history:month", { year: month.year, month: month.month });
  const now = monthOf(today);
  const last = month.year === now.year && month.month === now.month;
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
        <h2>{name}</h2>
        <span className="spread" />
        <button
          type="button"
          className="icon-button"
          disabled={last}
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
                      aria-label={n ? t("history:day_changed", { day, count: n }) : day}
                      onClick={() => onChoose(day)}
                    >
                      {Number(day.slice(8))}
                      {n !== undefined && <i aria-hidden />}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="grey small">{t("history:calendar_note")}</p>
    </section>
  );
}
