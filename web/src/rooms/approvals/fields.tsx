import { Button } from "antd";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, FieldError, usePhone } from "@/kit";
import { type Form, useForms, useLabel, valueKind } from "@/rooms/forms";
import type { RecordAnswer, Value } from "@/rooms/records";
import { FieldValue } from "@/rooms/records/facts";
import { FieldInput } from "@/rooms/records/inputs";
import type { Values } from "@/rooms/records/record_model";
import { RelatedList } from "@/rooms/records/related";
import { useCollectionCounts } from "@/rooms/records/use_collections";
import type { Approval } from "./api";
import { type Group, groupsOf } from "./model";

const WIDE = new Set(["long_text", "attachment", "image", "certificate"]);
const fieldsOf = (page: Approval, form: Form) =>
  page.fields.flatMap(({ field: key, right }) => {
    const field = form.fields.find((f) => f.key === key);
    return field ? [{ field, right }] : [];
  });

/** What this step has me fill in; it is saved with the decision. */
export function ToFill({
  page,
  form,
  record,
  typed,
  faults,
  onChange,
}: {
  page: Approval;
  form: Form;
  record: RecordAnswer;
  typed: Values;
  faults: Record<string, string>;
  onChange: (key: string, value: Value) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const asked = fieldsOf(page, form).filter((one) => one.right !== "read");
  if (!page.mine || asked.length === 0) return null;
  return (
    <Card title={t("approvals:to_fill")} fact={t("approvals:to_fill_fact")}>
      <div className="approval-form">
        {asked.map(({ field, right }) => {
          const fault = faults[field.key];
          return (
            <div key={field.key} className={`labelled ${WIDE.has(valueKind(field)) ? "wide" : ""}`}>
              <label htmlFor={`approval-${field.key}`}>
                {label(field)}
                {right === "required" && <span className="bad"> *</span>}
                {field.note && <span className="grey small"> {field.note}</span>}
              </label>
              <FieldInput
                id={`approval-${field.key}`}
                field={field}
                value={typed[field.key] !== undefined ? typed[field.key] : record.values[field.key]}
                wrong={fault !== undefined}
                describedBy={fault ? `approval-fault-${field.key}` : undefined}
                onChange={(value) => onChange(field.key, value)}
              />
              {fault && <FieldError id={`approval-fault-${field.key}`}>{fault}</FieldError>}
            </div>
          );
        })}
      </div>
    </Card>
  );
}

const isBlank = (value: Value | undefined) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** What I may read of the record here: all of it in the sections of its form, or what it begins with; on a phone what
 * its card shows. */
export function ToRead({
  page,
  form,
  record,
  every,
  onEvery,
}: {
  page: Approval;
  form: Form;
  record: RecordAnswer;
  every: boolean;
  onEvery: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const all = fieldsOf(page, form).filter(({ right }) => !page.mine || right === "read");
  const keys = all.map(({ field }) => field.key);
  const moved = new Set(page.changed.map((one) => one.field));
  const [blanks, setBlanks] = useState(false);
  const card = !every && phone && form.card?.length ? keys.filter((key) => form.card?.includes(key)) : null;
  const groups = card ? [{ label: "", keys: card }] : groupsOf(form, keys, every, moved);
  const said = (key: string) => moved.has(key) || !isBlank(record.values[key]);
  const shown = groups
    .map((group) => ({ ...group, keys: blanks ? group.keys : group.keys.filter(said) }))
    .filter((group) => group.keys.length > 0);
  const count = (of: Group[]) => of.reduce((sum, group) => sum + group.keys.length, 0);
  if (shown.length === 0) return null;
  return (
    <>
      {shown.map((group, n) => (
        <Fragment key={group.keys.join()}>
          <Card
            title={group.label ? label({ label: group.label, label_en: group.label_en }) : leading(n)}
            extra={n === 0 && <Link to={`/r/${page.form}/${page.record_id}`}>{t("approvals:open_record")}</Link>}
          >
            <dl className="approval-facts">
              {group.keys.map((key) => {
                const field = form.fields.find((one) => one.key === key);
                return (
                  field && (
                    <div
                      key={key}
                      className={`${WIDE.has(valueKind(field)) ? "wide" : ""} ${moved.has(key) ? "moved" : ""}`}
                    >
                      <dt className={group.keys.length === 1 && field.label === group.label ? "sr" : ""}>
                        {label(field)}
                      </dt>
                      <dd>
                        <FieldValue form={form} fieldKey={key} row={{ ...record.values, id: record.id }} />
                      </dd>
                    </div>
                  )
                );
              })}
            </dl>
            {n === shown.length - 1 && !every && count(groups) < keys.length && page.changed.length === 0 && (
              <Button type="link" size="small" className="approval-blanks" onClick={onEvery}>
                {t("approvals:all_fields")}
              </Button>
            )}
            {n === shown.length - 1 && every && count(shown) < count(groups) && (
              <Button type="link" size="small" className="approval-blanks" onClick={() => setBlanks(true)}>
                {t("approvals:blanks", { count: count(groups) - count(shown) })}
              </Button>
            )}
          </Card>
          {n === 0 && <SubTables form={form} record={record} />}
        </Fragment>
      ))}
    </>
  );

  function leading(n: number) {
    return n > 0 ? undefined : every ? label(form) : t("approvals:key_terms");
  }
}

/** The rows that live in the record: an approver of a quote reads its lines. */
function SubTables({ form, record }: { form: Form; record: RecordAnswer }) {
  const label = useLabel();
  const forms = useForms();
  const counts = useCollectionCounts(form, record.id);
  return form.collections
    .filter((one) => one.sub_table && counts.get(one.key))
    .map((one) => {
      const child = forms.find((f) => f.key === one.form);
      return (
        child && (
          <Card key={one.key} title={label(child)} fact={counts.get(one.key)}>
            <RelatedList form={form} record={record} collection={one} plain />
          </Card>
        )
      );
    });
}
