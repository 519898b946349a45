import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { format, useClock } from "@/kit";
import { type Collection, type Form, useForm, useLabel } from "@/rooms/forms";
import { type RecordAnswer, type Row, relatedQuery } from "./api";
import "./parts.css";

/** Contracts of a customer on one line of years: past, running, next. Absent where nothing has a start and an end. */
export function Timeline({ form, record }: { form: Form; record: RecordAnswer }) {
  const collection = form.collections.find((c) => c.form === "contract");
  return collection ? <Bars form={form} record={record} collection={collection} /> : null;
}

function Bars({ form, record, collection }: { form: Form; record: RecordAnswer; collection: Collection }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const { today } = useClock();
  const child = useForm(collection.form);
  const has = (key: string) => child?.fields.some((f) => f.key === key) ?? false;
  const ok = has("start_date") && has("end_date");
  const columns = ["number", "start_date", "end_date", "amount", "status", "open"].filter(has);
  const rows = useQuery({
    ...relatedQuery(form.key, record.id, collection.key, columns, 50),
    enabled: ok,
  }).data?.rows.filter((r) => r.start_date && r.end_date);
  if (!ok || !child || !rows || rows.length === 0) return null;
  const starts = rows.map((r) => String(r.start_date));
  const ends = rows.map((r) => String(r.end_date));
  const from = `${[...starts, today].sort()[0]?.slice(0, 4)}-01-01`;
  const lastYear = Number([...ends, today].sort().at(-1)?.slice(0, 4));
  const to = `${lastYear + 1}-01-01`;
  const span = format.daysBetween(from, to);
  const x = (day: string) => (format.daysBetween(from, day) / span) * 100;
  const years = Array.from({ length: lastYear - Number(from.slice(0, 4)) + 1 }, (_, i) => Number(from.slice(0, 4)) + i);
  const lanes = layOut(rows);
  return (
    <section className="card timeline" aria-label={t("records:timeline")}>
      <div className="card-head">
        <h2>{t("records:timeline")}</h2>
        <span className="grey">{t("records:timeline_fact")}</span>
      </div>
      <div className="timeline-box" style={{ height: 28 + Math.max(...lanes.map((l) => l.lane + 1)) * 28 }}>
        {years.map((y) => (
          <span key={y} className="timeline-year" style={{ left: `${x(`${y}-01-01`)}%` }}>
            {y}
          </span>
        ))}
        {lanes.map(({ row, lane }) => {
          const left = x(String(row.start_date));
          const width = Math.max(1, x(format.addDays(String(row.end_date), 1)) - left);
          const state = row.open === false ? "past" : String(row.start_date) > today ? "next" : "running";
          const option = child.fields.find((f) => f.key === "status")?.options?.find((o) => o.key === row.status);
          return (
            <button
              type="button"
              key={row.id}
              className={`timeline-bar timeline-${state}`}
              style={{ left: `${left}%`, width: `calc(${width}% - 2px)`, top: 26 + lane * 28 }}
              title={`${row.number ?? ""} ${row.start_date} ${t("records:until")} ${row.end_date} ${option ? label(option) : ""}`}
              onClick={() => void navigate(`/r/${child.key}/${row.id}`)}
            >
              <span className="cut">
                {row.amount ? format.money(row.amount as string, 0) : String(row.number ?? "")}
              </span>
            </button>
          );
        })}
        <span className="timeline-today" style={{ left: `${x(today)}%` }}>
          <span>{t("today")}</span>
        </span>
      </div>
    </section>
  );
}

/** Bars that overlap go to the next lane. */
function layOut(rows: readonly Row[]): { row: Row; lane: number }[] {
  const free: string[] = [];
  return [...rows]
    .sort((a, b) => String(a.start_date).localeCompare(String(b.start_date)))
    .map((row) => {
      let lane = free.findIndex((end) => end < String(row.start_date));
      if (lane < 0) lane = free.length;
      free[lane] = String(row.end_date);
      return { row, lane };
    });
}
