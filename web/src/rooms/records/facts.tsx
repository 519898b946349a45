import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Empty, Lines } from "@/kit";
import { type Field, type Form, useLabel } from "@/rooms/forms";
import { isRef, type RecordAnswer, type Row, refName } from "./api";
import { Cell, SPECIAL } from "./cell";
import { LaidOut } from "./laid_out";
import { SpecialCell } from "./special_cell";
import { counting, daysLeftOf } from "./state";
import { useHiddenFields } from "./use_hidden";
import { WhyButton } from "./why_button";
import "./record.css";

const RelatedList = lazy(async () => ({ default: (await import("./related")).RelatedList }));

/** The few facts on top: what a card shows. */
export function FactStrip({ form, record }: { form: Form; record: RecordAnswer }) {
  const label = useLabel();
  const row: Row = { id: record.id, ...record.values };
  const days = form.fields.find((f) => daysLeftOf(f) !== null);
  const strip = (form.card ?? []).flatMap((k) => form.fields.find((f) => f.key === k) ?? []).slice(0, 6);
  return (
    <dl className="strip">
      {strip.map((f) => (
        <div key={f.key}>
          <dt>{label(f)}</dt>
          <dd>
            <FieldValue form={form} fieldKey={f.key} row={row} />
            {days && days.key !== f.key && daysLeftOf(days) === f.key && counting(days, row) && (
              <Cell field={days} value={row[days.key]} row={row} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A value; a reference leads to its record. */
export function FieldValue({ form, fieldKey, row }: { form: Form; fieldKey: string; row: Row }) {
  const field = form.fields.find((f) => f.key === fieldKey);
  const value = row[fieldKey];
  if (!field) return null;
  if (field.kind === "relation" && isRef(value) && refName(value) !== null)
    return (
      <Link to={`/r/${field.to}/${value.id}`} className="cut">
        {refName(value)}
      </Link>
    );
  if (SPECIAL.has(field.kind) && typeof value === "object" && value !== null)
    return <SpecialCell field={field} value={value} base={`/api/forms/${form.key}/${row.id}/files/${field.key}`} />;
  if (field.kind === "long_text" && typeof value === "string") return <span className="prose">{value}</span>;
  return <Cell field={field} value={value} row={row} />;
}

/** All fields: as the form's layout has them, else what people fill in first, then what is computed. */
export function Facts({
  form,
  record,
  onEdit,
}: {
  form: Form;
  record: RecordAnswer;
  onEdit?: (field: string) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const row: Row = { id: record.id, ...record.values };
  const hidden = useHiddenFields(form, record);
  const fields = form.fields.filter((f) => !hidden.has(f.key));
  const fact = (f: Field) => (
    <div
      key={f.key}
      className={f.kind === "long_text" ? "fact wide" : "fact"}
      onDoubleClick={
        record.fields[f.key] === "write" && record.may.includes("update") ? () => onEdit?.(f.key) : undefined
      }
    >
      <dt title={f.note ?? undefined}>{label(f)}</dt>
      <dd>
        <FieldValue form={form} fieldKey={f.key} row={row} />
        {f.kind === "formula" && f.formula && <WhyButton form={form} field={f} id={record.id} />}
      </dd>
    </div>
  );
  const plain = (some: Field[]) => <dl className="facts">{some.map(fact)}</dl>;
  const computed = fields.filter((f) => f.kind === "formula");
  if (form.fields.length === 0) return <Empty>{t("records:no_fields")}</Empty>;
  return (
    <div className="facts-sections">
      {form.layout?.length ? (
        <LaidOut
          form={form}
          fields={fields}
          field={(f) => <dl>{fact(f)}</dl>}
          subTable={(key) => {
            const collection = form.collections.find((c) => c.key === key);
            return (
              collection && (
                <Suspense fallback={<Lines rows={2} />}>
                  <RelatedList form={form} record={record} collection={collection} />
                </Suspense>
              )
            );
          }}
        />
      ) : (
        <>
          {plain(fields.filter((f) => f.kind !== "formula"))}
          {computed.length > 0 && (
            <section>
              <h3>{t("records:computed")}</h3>
              {plain(computed)}
            </section>
          )}
        </>
      )}
      <p className="grey small">
        {t("records:created_by", { who: record.created_by ? (refName(record.created_by) ?? "") : t("records:system") })}{" "}
        {record.created_at.slice(0, 16).replace("T", " ")}
        {record.updated_at && record.updated_at !== record.created_at && (
          <>
            {" · "}
            {t("records:updated_by", {
              who: record.updated_by ? (refName(record.updated_by) ?? "") : t("records:system"),
            })}{" "}
            {record.updated_at.slice(0, 16).replace("T", " ")}
          </>
        )}
      </p>
    </div>
  );
}
