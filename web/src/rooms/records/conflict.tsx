import { Button, Modal, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Form } from "@/rooms/forms";
import { Cell } from "./cell";
import "./editor.css";
import { type Choice, merged, type Stale, undecided, type Values } from "./record_model";

/** Somebody saved first. One-sided changes are merged already; only what both changed is asked. */
export function ConflictSheet({
  form,
  stale,
  mine,
  saving,
  leave,
  onMerge,
  onClose,
}: {
  form: Form;
  stale: Stale;
  mine: Values;
  saving: boolean;
  /** the word for going back without a choice */
  leave?: string;
  onMerge: (values: Values) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [choices, setChoices] = useState<Record<string, Choice>>({});
  const open = undecided(stale, choices);
  const theirs = t("records:theirs", { who: stale.who, at: stale.at });
  const both = Object.entries(stale.fields).filter(([, f]) => f.both);
  const rest = Object.entries(stale.fields).filter(([, f]) => !f.both);
  return (
    <Modal
      open
      width={720}
      title={t("records:conflict_title", { who: stale.who, count: both.length })}
      onCancel={onClose}
      footer={
        <>
          <Button onClick={onClose}>{leave ?? t("records:keep_editing")}</Button>
          <Button
            type="primary"
            loading={saving}
            disabled={open.length > 0}
            title={open.length ? t("records:conflict_open", { count: open.length }) : undefined}
            onClick={() => onMerge(merged(stale, mine, choices))}
          >
            {t("records:merge_and_save")}
          </Button>
        </>
      }
    >
      <table className="conflict">
        <thead>
          <tr>
            <th>{t("records:field")}</th>
            <th>{t("records:was")}</th>
            <th>{theirs}</th>
            <th>{t("records:mine")}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {[...both, ...rest].map(([key, f]) => {
            const field = form.fields.find((x) => x.key === key);
            const cell = (value: typeof f.base) => (field ? <Cell field={field} value={value} /> : String(value));
            return (
              <tr key={key}>
                <th scope="row">{f.label}</th>
                <td data-of={t("records:was")}>{cell(f.base)}</td>
                <td data-of={theirs} className={choices[key] === "theirs" ? "chosen" : undefined}>
                  {cell(f.theirs)}
                </td>
                <td data-of={t("records:mine")} className={choices[key] === "mine" ? "chosen" : undefined}>
                  {f.sent ? cell(f.mine) : "—"}
                </td>
                <td>
                  {f.both ? (
                    <Segmented<Choice | "">
                      size="small"
                      value={choices[key] ?? ""}
                      options={[
                        { value: "theirs", label: t("records:take_theirs") },
                        { value: "mine", label: t("records:keep_mine") },
                      ]}
                      onChange={(c) => c && setChoices({ ...choices, [key]: c })}
                    />
                  ) : (
                    <span className="good">{t("records:merged")}</span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Modal>
  );
}
