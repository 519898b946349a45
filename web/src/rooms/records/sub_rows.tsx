import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Failure, FieldError, Icon, Lines } from "@/kit";
import { type Collection, type Form, useForm, useLabel } from "@/rooms/forms";
import { type Fault, type RecordAnswer, relatedQuery } from "./api";
import { FieldInput } from "./inputs";
import { writable } from "./record_model";
import { added, type EditedRow, type EditedRows, faultAt, stored } from "./sub_rows_model";
import "./editor.css";

const MOST = 200;

/** The rows that live in a record, edited with it and saved with it. */
export function SubRows({
  form,
  record,
  collection,
  all,
  faults,
  onChange,
}: {
  form: Form;
  record: RecordAnswer | null;
  collection: Collection;
  all: EditedRows;
  faults: readonly Fault[];
  onChange: (rows: readonly EditedRow[]) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const child = useForm(collection.form);
  const fields = child ? writable(child, null).filter((f) => f.key !== collection.field) : [];
  const columns = fields.map((f) => f.key);
  const found = useQuery({
    ...relatedQuery(form.key, record?.id ?? 0, collection.key, columns, MOST),
    enabled: record !== null && child !== undefined,
  });
  const rows = all[collection.key];
  // what the edit began from, once; what comes later does not overwrite what is typed
  useEffect(() => {
    if (rows === undefined && (record === null || found.data)) onChange((found.data?.rows ?? []).map(stored));
  });
  const next = useRef(0);
  if (!child) return null;
  const put = (key: string, change: Partial<EditedRow>) =>
    onChange((rows ?? []).map((row) => (row.key === key ? { ...row, ...change } : row)));
  return (
    <section className="sub-rows" aria-label={label(child)}>
      <h3>{label(child)}</h3>
      {found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : !rows ? (
        <Lines rows={2} />
      ) : (
        rows.some((row) => !row.gone) && (
          <table>
            <thead>
              <tr>
                {fields.map((f) => (
                  <th key={f.key} scope="col">
                    {label(f)}
                    {f.required && <span className="bad"> *</span>}
                  </th>
                ))}
                <th>
                  <span className="sr">{t("records:remove_row")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) =>
                row.gone ? null : (
                  <tr key={row.key}>
                    {fields.map((f) => {
                      const fault = faultAt(all, collection.key, row.key, f.key, faults);
                      const id = `row-${collection.key}-${at}-${f.key}`;
                      return (
                        <td key={f.key}>
                          <label className="sr" htmlFor={id}>
                            {label(f)}
                          </label>
                          <FieldInput
                            id={id}
                            field={f}
                            value={row.edits[f.key] !== undefined ? row.edits[f.key] : row.base[f.key]}
                            wrong={fault !== undefined}
                            describedBy={fault ? `${id}-fault` : undefined}
                            onChange={(value) => put(row.key, { edits: { ...row.edits, [f.key]: value } })}
                          />
                          {fault && <FieldError id={`${id}-fault`}>{fault.text}</FieldError>}
                        </td>
                      );
                    })}
                    <td>
                      <button
                        type="button"
                        className="icon-button small-button"
                        aria-label={t("records:remove_row")}
                        title={t("records:remove_row")}
                        onClick={() => put(row.key, { gone: true })}
                      >
                        <Icon name="close" size={14} />
                      </button>
                    </td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        )
      )}
      <Button
        size="small"
        icon={<Icon name="plus" size={13} />}
        disabled={!rows}
        onClick={() => {
          next.current += 1;
          onChange([...(rows ?? []), added(`new${next.current}`)]);
        }}
      >
        {t("records:add_row")}
      </Button>
    </section>
  );
}
