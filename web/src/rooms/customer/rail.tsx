import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Card } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { RecordAnswer, Row } from "@/rooms/records";
import { FieldValue } from "@/rooms/records/facts";
import { AlertsCard } from "@/rooms/rules";
import { OpenTasks } from "./open_tasks";
import { Papers } from "./papers";
import { People } from "./people";
import "./customer.css";

/** Beside the course of things: what holds, whom to ask, what must be at hand, what is to do. */
export function Rail({ form, record, onAll }: { form: Form; record: RecordAnswer; onAll: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const row: Row = { id: record.id, ...record.values };
  const basics = (form.overview?.basics ?? []).flatMap((key) => form.fields.find((f) => f.key === key) ?? []);
  const told = basics.filter((f) => row[f.key] !== null && row[f.key] !== undefined);
  return (
    <>
      <AlertsCard of={{ form: form.key, id: record.id }} />
      <Card
        title={t("records:basics")}
        extra={
          <Button type="link" size="small" onClick={onAll}>
            {t("customer:all_facts")}
          </Button>
        }
      >
        {told.length === 0 && <p className="grey">{t("customer:no_basics")}</p>}
        <dl className="facts">
          {told.map((f) => (
            <div key={f.key}>
              <dt title={f.note ?? undefined}>{label(f)}</dt>
              <dd>
                <FieldValue form={form} fieldKey={f.key} row={row} />
              </dd>
            </div>
          ))}
        </dl>
      </Card>
      <People form={form} record={record} />
      <Papers form={form} record={record} />
      <OpenTasks form={form} record={record} />
    </>
  );
}
