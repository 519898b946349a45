import { Button, Radio } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api";
import { FieldError, useKeys, useProblemText } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import { FieldInput } from "@/rooms/records/inputs";
import { toSend, type Values } from "@/rooms/records/record_model";
import type { Fill, Task } from "./api";
import { asked, freshOf, isBlank, lacking, titleOf } from "./model";
import { SealInput } from "./seal_input";

const WIDE = ["long_text", "attachment", "image", "certificate"];

/** What finishing asks for, in place under the task. */
export function FinishForm({
  task,
  error,
  busy,
  onFinish,
  onCancel,
}: {
  task: Task;
  error: unknown;
  busy: boolean;
  onFinish: (values: Values, outcome: string | null) => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForm(task.form);
  const problemText = useProblemText();
  const [outcome, setOutcome] = useState<string | null>(
    task.outcomes.length === 1 ? (task.outcomes[0]?.key ?? null) : null,
  );
  const [values, setValues] = useState<Values>({ ...(task.values ?? {}), ...(task.proposal ?? {}) });
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>("input, textarea")?.focus(), []);
  useKeys({ Escape: onCancel });

  const path = error instanceof Problem ? (error.path ?? "").replace(/^values\./, "") : "";
  // what the values that were sent made required, the server has said
  const due = lacking(error);
  const fields = asked(task, outcome).map((f) => (due.includes(f.field) ? { ...f, required: true } : f));
  const blank = (f: Fill) => (f.seal ? freshOf(before(f), values[f.field]).length === 0 : isBlank(values[f.field]));
  const before = (f: Fill) => task.values?.[f.field];
  const needsOutcome = task.outcomes.length > 0 && outcome === null;

  function submit() {
    setTried(true);
    if (needsOutcome || fields.some((f) => f.required && !due.includes(f.field) && blank(f))) return;
    const given: Values = {};
    // what stands on the record already and was left alone is no answer (and a share would be taken for a percentage)
    for (const f of fields)
      if (f.field in values && values[f.field] !== before(f)) given[f.field] = values[f.field] ?? null;
    onFinish(form ? toSend(form, given) : given, outcome);
  }

  return (
    <form
      ref={box}
      className="finish"
      aria-label={t("tasks:finish_named", { title: titleOf(task, label) })}
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      {task.outcomes.length > 0 && (
        <fieldset>
          <legend>{t("tasks:outcome")}</legend>
          <Radio.Group
            value={outcome}
            options={task.outcomes.map((o) => ({ value: o.key, label: label(o) }))}
            onChange={(e) => setOutcome(e.target.value as string)}
          />
          {tried && needsOutcome && <FieldError>{t("tasks:choose_outcome")}</FieldError>}
        </fieldset>
      )}
      <div className="finish-grid">
        {fields.map((f) => {
          const field = form?.fields.find((x) => x.key === f.field);
          if (!field) return null;
          const text =
            path === f.field && due.length === 0
              ? problemText(error)
              : tried && f.required && blank(f)
                ? t(f.seal ? "tasks:seal_missing" : "records:fill_in", { label: label(field) })
                : null;
          return (
            <div key={f.field} className={f.seal || WIDE.includes(field.kind) ? "labelled wide" : "labelled"}>
              <label htmlFor={`finish-${task.id}-${f.field}`}>
                {label(field)}
                {f.required && <span className="bad"> *</span>}
              </label>
              {f.seal ? (
                <SealInput
                  id={`finish-${task.id}-${f.field}`}
                  before={before(f)}
                  value={values[f.field]}
                  onChange={(v) => setValues((now) => ({ ...now, [f.field]: v }))}
                />
              ) : (
                <FieldInput
                  id={`finish-${task.id}-${f.field}`}
                  field={field}
                  value={values[f.field]}
                  wrong={text !== null}
                  onChange={(v) => setValues((now) => ({ ...now, [f.field]: v }))}
                />
              )}
              {text && <FieldError>{text}</FieldError>}
            </div>
          );
        })}
      </div>
      {error !== null && error !== undefined && !fields.some((f) => f.field === path) && (
        <FieldError>{problemText(error)}</FieldError>
      )}
      <div className="row">
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("tasks:finish")}
        </Button>
        <Button onClick={onCancel}>{t("cancel")}</Button>
      </div>
    </form>
  );
}
