import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { DaysLeft, format, Icon, usePhone } from "@/kit";
import { type Form, useForms, useLabel, valueKind } from "@/rooms/forms";
import type { RecordAnswer, Row } from "@/rooms/records";
import { FieldValue } from "@/rooms/records/facts";
import { readingsQuery } from "./api";
import { behind } from "./drill";
import { newest } from "./line";
import "./customer.css";

const ON_PHONE = 3;

/** The figures that one looks for first; what is made of records opens them. */
export function Strip({ form, record }: { form: Form; record: RecordAnswer }) {
  const label = useLabel();
  const phone = usePhone();
  const forms = useForms();
  const row: Row = { id: record.id, ...record.values };
  const facts = (form.overview?.facts ?? [])
    .flatMap((key) => form.fields.find((f) => f.key === key) ?? [])
    .slice(0, phone ? ON_PHONE : undefined);
  return (
    <dl className="strip overview-strip">
      {facts.map((f) => {
        const value = record.values[f.key];
        const list = behind(form, f.formula, record.id);
        const to =
          list && value !== null && forms.some((one) => one.key === list.form)
            ? `/r/${list.form}?f=${encodeURIComponent(list.filter)}`
            : null;
        const figure = <FieldValue form={form} fieldKey={f.key} row={row} />;
        const ends = f.kind === "formula" && valueKind(f) === "date" && typeof value === "string";
        return (
          <div key={f.key}>
            <dt>{label(f)}</dt>
            <dd>
              {f.key === form.overview?.score ? (
                <ScoreNow form={form} record={record} field={f.key} />
              ) : to ? (
                <Link to={to} className="strip-link">
                  {figure}
                </Link>
              ) : (
                figure
              )}
              {ends && !phone && <DaysLeft end={value} />}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function ScoreNow({ form, record, field }: { form: Form; record: RecordAnswer; field: string }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const { data } = useQuery(readingsQuery(form.key, record.id, field));
  const value = record.values[field];
  if (value === null || value === undefined) return <span className="grey">{format.BLANK}</span>;
  const now = Number(value);
  const before = newest(data?.readings ?? [], 1)[0];
  const moved = before ? Math.round(now - before.value) : 0;
  const bad = now < (form.overview?.low ?? Number.NEGATIVE_INFINITY);
  return (
    <span className={bad ? "bad row score-now" : "row score-now"}>
      <b>{format.number(String(value), 0)}</b>
      {bad && <span className="sr">{t("customer:below", { low: form.overview?.low })}</span>}
      {before && moved !== 0 && (
        <span className={moved < 0 ? "bad row small" : "good row small"}>
          <Icon name={moved < 0 ? "fall" : "rise"} size={14} />
          <span className={phone ? "sr" : undefined}>
            {t("customer:since_week", { moved: `${moved < 0 ? "−" : "+"}${Math.abs(moved)}` })}
          </span>
        </span>
      )}
    </span>
  );
}
