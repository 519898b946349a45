import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { tryOut } from "./api";
import type { ColumnTree, DecisionTree } from "./model";

/** The draft asked with values: which row is hit and what it answers. */
export function TryPanel({ tree, onHit }: { tree: DecisionTree; onHit: (rules: readonly number[]) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const problemText = useProblemText();
  const [values, setValues] = useState<Record<string, string>>({});
  const [told, setTold] = useState<{ rules: number[]; answers: unknown[]; stamp: DecisionTree } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  async function ask() {
    if (busy) return;
    setBusy(true);
    try {
      const found = await tryOut(tree, values);
      setTold({ ...found, stamp: tree });
      setError(null);
      onHit(found.rules);
    } catch (failure) {
      setTold(null);
      setError(problemText(failure));
      onHit([]);
    }
    setBusy(false);
  }
  const shown = (column: ColumnTree | undefined, value: unknown) => {
    if (value === null || value === undefined) return "—";
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    return column?.options?.find((one) => one.key === value)?.label ?? String(value);
  };
  const rows = told?.rules.filter((n) => n > 0) ?? [];
  return (
    <form
      className="inspector-body"
      onSubmit={(e) => {
        e.preventDefault();
        void ask();
      }}
    >
      {tree.inputs.map((column) => (
        <div className="labelled" key={column.key}>
          <label htmlFor={`try-${column.key}`}>{label(column)}</label>
          {column.kind === "option" || column.kind === "yes_no" ? (
            <Select
              id={`try-${column.key}`}
              allowClear
              placeholder={t("decisions:blank")}
              value={values[column.key] ?? null}
              options={
                column.kind === "yes_no"
                  ? ["true", "false"].map((value) => ({ value, label: t(value === "true" ? "yes" : "no") }))
                  : (column.options ?? []).map((one) => ({ value: one.key, label: one.label }))
              }
              onChange={(value) => setValues({ ...values, [column.key]: value ?? "" })}
            />
          ) : (
            <Input
              id={`try-${column.key}`}
              value={values[column.key] ?? ""}
              placeholder={t("decisions:blank")}
              onChange={(e) => setValues({ ...values, [column.key]: e.target.value })}
            />
          )}
        </div>
      ))}
      <Button htmlType="submit" loading={busy}>
        {t("decisions:ask")}
      </Button>
      {error && <FieldError>{error}</FieldError>}
      {told && (
        <div role="status" className={told.stamp === tree ? "decide-told" : "decide-told decide-stale"}>
          <p>
            {rows.length
              ? t("decisions:hit_rows", { rows: rows.join("、") })
              : t(told.rules.length ? "decisions:hit_otherwise" : "decisions:hit_none")}
          </p>
          <dl className="decide-answers">
            {tree.outputs.map((column, i) => (
              <div key={column.key}>
                <dt>{label(column)}</dt>
                <dd>{shown(column, told.answers[i])}</dd>
              </div>
            ))}
          </dl>
          {told.stamp !== tree && <p className="grey">{t("decisions:stale")}</p>}
        </div>
      )}
    </form>
  );
}
