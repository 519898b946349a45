import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { format, useClock, usePhone } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { RecordAnswer } from "@/rooms/records";
import { WhyButton } from "@/rooms/records/why_button";
import { readingsQuery } from "./api";
import { draw, newest } from "./line";
import "./customer.css";

const WEEKS = 26;

/** A tracked score week by week, what is too low marked by more than its colour, and why it is what it is. */
export function Health({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const { today } = useClock();
  const field = form.fields.find((f) => f.key === form.overview?.score);
  const readings = useQuery({
    ...readingsQuery(form.key, record.id, field?.key ?? ""),
    enabled: field !== undefined,
  }).data?.readings;
  if (!field || !readings) return null;
  const low = form.overview?.low ?? null;
  const points = newest(readings, WEEKS);
  const value = record.values[field.key];
  const now = value == null ? null : { day: today, value: Number(value) };
  // a reading of today is what holds now
  const drawn = points.length ? draw(points, low, points.at(-1)?.day === today ? null : now) : null;
  const name = t("customer:course", { label: label(field) });
  return (
    <section className="card health" aria-label={name}>
      <div className="card-head">
        <h2>{phone ? label(field) : name}</h2>
        {points.length > 0 && (
          <span className="grey">{t(phone ? "customer:weeks_short" : "customer:weeks", { count: points.length })}</span>
        )}
        {phone && <span className="spread" />}
        {now && (
          <WhyButton
            form={form}
            field={field}
            id={record.id}
            words={t("records:why_now", { value: format.number(now.value, 0) })}
          />
        )}
      </div>
      {drawn ? (
        <>
          <div className="health-box" style={{ height: phone ? 96 : 190 }} aria-hidden="true">
            {drawn.marks.map((m) => (
              <span key={m.value} className="health-mark" style={{ top: `${m.y}%` }}>
                <span>{m.value}</span>
              </span>
            ))}
            {drawn.low !== null && (
              <span className="health-low" style={{ top: `${drawn.low}%` }}>
                <span>{t("customer:low", { low })}</span>
              </span>
            )}
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
              <path
                className="health-area"
                d={`${drawn.path} L${drawn.points.at(-1)?.x ?? 100} 100 L${drawn.points[0]?.x ?? 0} 100 Z`}
              />
              <path className="health-line" d={drawn.path} />
            </svg>
            {drawn.points
              .filter((p, at) => (low !== null && p.value < low) || at === drawn.points.length - 1)
              .map((p) => (
                <span
                  key={p.day}
                  className={low !== null && p.value < low ? "health-dot health-bad" : "health-dot"}
                  style={{ left: `${p.x}%`, top: `${p.y}%` }}
                  title={`${p.day} · ${p.value}`}
                />
              ))}
            {drawn.now && (
              <span
                className={
                  low !== null && drawn.now.value < low ? "health-dot health-now health-bad" : "health-dot health-now"
                }
                style={{ left: `${drawn.now.x}%`, top: `${drawn.now.y}%` }}
                title={`${t("today")} · ${drawn.now.value}`}
              />
            )}
          </div>
          <p className="health-days grey small">
            <span>{format.date(points[0]?.day, { short: true, today })}</span>
            <span>{drawn.now ? t("customer:now") : format.date(points.at(-1)?.day, { short: true, today })}</span>
          </p>
          <table className="sr">
            <caption>{name}</caption>
            <tbody>
              {points.map((p) => (
                <tr key={p.day}>
                  <th scope="row">{p.day}</th>
                  <td>{p.value}</td>
                </tr>
              ))}
              {drawn.now && (
                <tr>
                  <th scope="row">{t("customer:now")}</th>
                  <td>{drawn.now.value}</td>
                </tr>
              )}
            </tbody>
          </table>
        </>
      ) : (
        <p className="grey">{t("customer:no_readings")}</p>
      )}
    </section>
  );
}
