import { useQueryClient } from "@tanstack/react-query";
import { Button, Popover, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { FieldError, Icon, toast, useProblemText } from "@/kit";
import { type Field, type Form, mayWrite, useLabel } from "@/rooms/forms";
import { type BulkEffect, type Chosen, changeBulk, previewBulk, type Value } from "./api";
import { FieldInput } from "./inputs";
import { toSend } from "./record_model";
import { daysLeftOf } from "./state";
import { useTakeBack } from "./use_take_back";

/** Dates that a process counts from: changed only with the plan in sight. */
export const plannedDates = (form: Form): string[] => form.fields.flatMap((f) => daysLeftOf(f) ?? []);

/** Not these: each is filled in by itself, or (an end date) only with its plan in sight. */
export function bulkFields(form: Form): Field[] {
  const ends = plannedDates(form);
  return form.fields.filter((f) => mayWrite(f) && !f.unique && f.kind !== "auto_number" && !ends.includes(f.key));
}

const ALONE: readonly string[] = ["attachment", "image", "signature", "certificate", "relations"]; // one by one

/** One field of all chosen records: what will happen is told first, then done as one change with one undo. */
export function BulkEdit({
  form,
  chosen,
  only,
  onDone,
}: {
  form: Form;
  chosen: Chosen;
  /** of this field alone: whose they are, for example */
  only?: string;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const back = useTakeBack(form);
  const tell = useRef(problemText);
  tell.current = problemText;
  const fields = bulkFields(form).filter((f) => !ALONE.includes(f.kind) && !f.read_only_when);
  const [open, setOpen] = useState(false);
  const [key, setKey] = useState<string | null>(only ?? null);
  const [value, setValue] = useState<Value>(null);
  const [effect, setEffect] = useState<BulkEffect | null>(null);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const field = fields.find((f) => f.key === key);
  // of one field alone a person is chosen first: nobody empties it by a slip
  const sent =
    field && !(only && value === null) ? JSON.stringify({ chosen, values: toSend(form, { [field.key]: value }) }) : "";

  useEffect(() => {
    setEffect(null);
    setWrong("");
    if (!open || !sent) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const { chosen, values } = JSON.parse(sent) as { chosen: Chosen; values: Record<string, Value> };
      previewBulk(form.key, chosen, values, stop.signal)
        .then(setEffect)
        .catch((error) => !stop.signal.aborted && setWrong(tell.current(error)));
    }, 250);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [open, sent, form.key]);

  if (only ? !fields.some((f) => f.key === only) : !fields.length) return null;

  async function run() {
    if (!field || !effect?.changing || busy) return;
    setBusy(true);
    try {
      const done = await changeBulk(form.key, chosen, toSend(form, { [field.key]: value }));
      await client.invalidateQueries({ queryKey: ["records"] });
      void client.invalidateQueries({ queryKey: keys.allTasks });
      const { transaction } = done;
      toast({
        text: t("records:bulk_done", { n: done.changing, noun: form.noun, label: label(field) }),
        ...(transaction === null ? {} : { undo: () => back(transaction) }),
      });
      setOpen(false);
      onDone();
    } catch (error) {
      setWrong(problemText(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Popover
      trigger="click"
      placement="top"
      open={open}
      onOpenChange={setOpen}
      destroyOnHidden
      content={
        <form
          className="pop bulk-edit"
          onSubmit={(e) => {
            e.preventDefault();
            void run();
          }}
        >
          {only && field && <label htmlFor={`bulk-${field.key}`}>{label(field)}</label>}
          {!only && (
            <Select
              value={key}
              placeholder={t("records:bulk_field")}
              aria-label={t("records:bulk_field")}
              options={fields.map((f) => ({ value: f.key, label: label(f) }))}
              showSearch={{ optionFilterProp: "label" }}
              onChange={(k) => {
                setKey(k);
                setValue(null);
              }}
            />
          )}
          {field && (
            <FieldInput
              key={field.key}
              id={`bulk-${field.key}`}
              field={field}
              value={value}
              wrong={wrong !== ""}
              onChange={setValue}
            />
          )}
          {wrong && <FieldError>{wrong}</FieldError>}
          {effect && (
            <p className="grey-2" role="status">
              {t("records:bulk_will", { n: effect.changing.toLocaleString("en"), noun: form.noun })}
              {effect.same > 0 && t("records:bulk_same", { n: effect.same.toLocaleString("en"), noun: form.noun })}
              {effect.no_right > 0 &&
                t("records:bulk_no_right", { n: effect.no_right.toLocaleString("en"), noun: form.noun })}
            </p>
          )}
          <div className="row">
            <span className="spread" />
            <Button type="primary" size="small" htmlType="submit" loading={busy} disabled={!effect?.changing}>
              {effect ? t("records:bulk_run", { n: effect.changing.toLocaleString("en"), noun: form.noun }) : t("save")}
            </Button>
          </div>
        </form>
      }
    >
      <button type="button" className="bare row">
        <Icon name={only ? "person" : "edit"} size={15} />
        {only && field ? t("records:bulk_only", { label: label(field) }) : t("records:bulk_edit")}
      </button>
    </Popover>
  );
}
