import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, Chip, DaysLeft, Icon, Side } from "@/kit";
import { type Field, type Form, useForms, useLabel } from "@/rooms/forms";
import { type RecordAnswer, type Row, relatedQuery, type Value } from "@/rooms/records";
import { titleOf } from "@/rooms/records/cell";
import { Editor } from "@/rooms/records/editor";
import { FileLink } from "@/rooms/records/file_link";
import type { FileRef } from "@/rooms/records/special_model";
import "./customer.css";

interface Paper {
  form: Form;
  id: number;
  field: Field;
  /** what the record that holds it is called; its own form is not told again */
  of: string | null;
  value: Value;
}
const MOST = 200;

/** Certificates with their days, and documents: of the record and of those that point to it. */
export function Papers({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const [adding, setAdding] = useState<string | null>(null);
  const holds = (f: Field) => ["certificate", "attachment", "image"].includes(f.kind);
  const around = form.collections.flatMap((c) => {
    const child = forms.find((f) => f.key === c.form);
    return child?.fields.some(holds) ? [{ collection: c, child }] : [];
  });
  const found = useQueries({
    queries: around.map(({ collection, child }) =>
      relatedQuery(
        form.key,
        record.id,
        collection.key,
        [...(child.title ? [child.title] : []), ...child.fields.filter(holds).map((f) => f.key)],
        MOST,
      ),
    ),
  });
  const papers: Paper[] = [
    { of: form, row: { id: record.id, ...record.values } as Row, own: true },
    ...around.flatMap(({ child }, at) => (found[at]?.data?.rows ?? []).map((row) => ({ of: child, row, own: false }))),
  ].flatMap(({ of, row, own }) =>
    of.fields
      .filter((f) => holds(f) && row[f.key] != null)
      .map((field) => ({
        form: of,
        id: row.id,
        field,
        of: own ? null : titleOf(of, row),
        value: row[field.key] as Value,
      })),
  );
  const known = papers.filter((p) => p.field.kind === "certificate" && typeof p.value === "object");
  const files = papers.filter((p) => p.field.kind !== "certificate" && Array.isArray(p.value));
  const until = (p: Paper) => (p.value as unknown as { until?: string | null }).until ?? null;
  // the first certificate of its own that is still to come
  const blank = record.may.includes("update")
    ? form.fields.find((f) => f.kind === "certificate" && record.fields[f.key] === "write" && !record.values[f.key])
    : undefined;
  const name = (p: Paper) => (p.of === null ? label(p.field) : p.of);
  return (
    <>
      {(known.length > 0 || blank) && (
        <Card
          title={t("customer:certificates")}
          extra={
            blank && (
              <button
                type="button"
                className="icon-button"
                aria-label={t("customer:add_paper", { label: label(blank) })}
                title={t("customer:add_paper", { label: label(blank) })}
                onClick={() => setAdding(blank.key)}
              >
                <Icon name="plus" size={16} />
              </button>
            )
          }
        >
          {known.length === 0 && <p className="grey">{t("customer:no_certificates")}</p>}
          <ul className="papers">
            {[...known]
              .sort((a, b) => (until(a) ?? "9").localeCompare(until(b) ?? "9"))
              .map((p) => (
                <li key={`${p.form.key}${p.id}${p.field.key}`}>
                  <Link to={`/r/${p.form.key}/${p.id}`} className="cut spread">
                    {name(p)}
                  </Link>
                  {until(p) ? <DaysLeft end={until(p)} /> : <Chip>{t("customer:no_end")}</Chip>}
                </li>
              ))}
          </ul>
        </Card>
      )}
      {adding && (
        <Side open onClose={() => setAdding(null)} title={<h2>{record.title}</h2>}>
          <Editor
            form={form}
            record={record}
            focus={adding}
            onDone={() => setAdding(null)}
            onCancel={() => setAdding(null)}
          />
        </Side>
      )}
      {files.length > 0 && (
        <Card title={t("customer:documents")}>
          <ul className="papers">
            {files.flatMap((p) =>
              (p.value as unknown as FileRef[]).map((one) => (
                <li key={`${p.field.key}${p.id}.${one.file}`}>
                  <FileLink file={one} href={`/api/forms/${p.form.key}/${p.id}/files/${p.field.key}/${one.file}`} />
                  <span className="spread" />
                  <span className="grey small cut">{name(p)}</span>
                </li>
              )),
            )}
          </ul>
        </Card>
      )}
    </>
  );
}
