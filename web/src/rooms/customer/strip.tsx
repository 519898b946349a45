import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Chip, DaysLeft, format, Icon, usePhone } from "@/kit";
import { type Form, useLabel, valueKind } from "@/rooms/forms";
import type { RecordAnswer, Row } from "@/rooms/records";
import { FieldValue } from "@/rooms/records/facts";
import { readingsQuery } from "./api";
import { newest } from "./line";
import "./customer.css";

/** Who it is, in one line under the name: its number and what it is like; what is wrong as a word. */
export function HeadLine({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const told = [
    ...form.fields.filter((f) => f.kind === "auto_number").map((f) => record.values[f.key]),
    ...(form.overview?.basics ?? []).map((key) => {
      const field = form.fields.find((f) => f.key === key);
      const option = field?.options?.find((o) => o.key === record.values[key]);
      return option ? label(option) : null;
    }),
  ].filter(Boolean);
  const score = form.fields.find((f) => f.key === form.overview?.score);
  const value = score && record.values[score.key];
  const low = value != null && Number(value) < (form.overview?.low ?? Number.NEGATIVE_INFINITY);
  return (
    <span className="row head-line">
      {low && (
        <Chip tone="urgent" icon="flame">
          {t("customer:is_low", { label: label(score ?? {}) })}
        </Chip>
      )}
      <span className="cut">{told.join(" · ") || label(form)}</span>
    </span>
  );
}

const ON_PHONE = 3;

/** The figures that one looks for first. */
export function Strip({ form, record }: { form: Form; record: RecordAnswer }) {
  const label = useLabel();
  const phone = usePhone();
  const row: Row = { id: record.id, ...record.values };
  const facts = (form.overview?.facts ?? [])
    .flatMap((key) => form.fields.find((f) => f.key === key) ?? [])
    .slice(0, phone ? ON_PHONE : undefined);
  return (
    <dl className="strip overview-strip">
      {facts.map((f) => {
        const value = record.values[f.key];
        const ends = f.kind === "formula" && valueKind(f) === "date" && typeof value === "string";
        return (
          <div key={f.key}>
            <dt>{label(f)}</dt>
            <dd>
              {f.key === form.overview?.score ? (
                <ScoreNow form={form} record={record} field={f.key} />
              ) : (
                <FieldValue form={form} fieldKey={f.key} row={row} />
              )}
              {ends && <DaysLeft end={value} />}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function ScoreNow({ form, record, field }: { form: Form; record: RecordAnswer; field: string }) {
  const { t } = useTranslation();
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
          {t("customer:since_week", { moved: `${moved < 0 ? "−" : "+"}${Math.abs(moved)}` })}
        </span>
      )}
    </span>
  );
}
