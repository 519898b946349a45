import { Checkbox, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Icon, SmallTable } from "@/kit";
import { type Field, type Form, useLabel } from "@/rooms/forms";
import type { ImportAnswer, Mapping, Target } from "./api";
import {
  fillable,
  nameOf,
  removeTarget,
  setItem,
  setSource,
  setTarget,
  sourceOf,
  sureness,
  unfilled,
} from "./mapping_model";

/** One form that the rows feed: its mode, its key, and where each field comes from. */
export function TargetCard({
  one,
  form,
  forms,
  target,
  at,
  mapping,
  onChange,
  removable,
  fault,
}: {
  one: ImportAnswer;
  form: Form;
  forms: readonly Form[];
  target: Target;
  at: number;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
  removable: boolean;
  fault: { field: string | null; text: string } | null;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = fillable(form);
  const open = unfilled(target, form);
  const shown = fields.filter((f) => target.fields.some((x) => x.field === f.key) || open.includes(f));
  const rest = fields.filter((f) => !shown.includes(f));
  const [added, setAdded] = useState<string[]>([]);
  const rows = [...shown, ...rest.filter((f) => added.includes(f.key))];
  const mapped = fields.filter((f) => target.fields.some((x) => x.field === f.key));
  return (
    <section className="card card-flush target">
      <div className="card-head">
        <h2>{label(form)}</h2>
        <span className="spread" />
        <Select
          style={{ width: 150 }}
          aria-label={t("imports:mode")}
          showSearch={false}
          value={target.mode ?? "upsert"}
          options={(["upsert", "create", "update"] as const).map((m) => ({ value: m, label: t(`imports:mode_${m}`) }))}
          onChange={(mode) => onChange(setTarget(mapping, at, { mode }))}
        />
        <span className="grey-2">{t("imports:found_by")}</span>
        <Select
          mode="multiple"
          style={{ minWidth: 160 }}
          aria-label={t("imports:key")}
          placeholder={t("imports:no_key")}
          value={target.key}
          options={mapped.map((f) => ({ value: f.key, label: label(f) }))}
          onChange={(key) => onChange(setTarget(mapping, at, { key }))}
        />
        {removable && (
          <button
            type="button"
            className="icon-button small-button"
            aria-label={t("imports:remove_target", { label: label(form) })}
            onClick={() => onChange(removeTarget(mapping, at))}
          >
            <Icon name="close" size={14} />
          </button>
        )}
      </div>
      {fault && fault.field === null && (
        <p className="field-error target-fault" role="alert">
          <Icon name="bang" size={14} />
          {fault.text}
        </p>
      )}
      <SmallTable
        className="map-table"
        columns={[t("records:field"), t("imports:source"), t("imports:samples"), t("imports:sure")]}
      >
        {rows.map((f) => (
          <FieldRow
            key={f.key}
            one={one}
            field={f}
            forms={forms}
            target={target}
            at={at}
            mapping={mapping}
            onChange={onChange}
            fault={fault?.field === f.key ? fault.text : null}
          />
        ))}
      </SmallTable>
      {rest.some((f) => !added.includes(f.key)) && (
        <div className="target-more">
          <Select
            style={{ width: 220 }}
            value={null}
            placeholder={t("imports:add_field")}
            aria-label={t("imports:add_field")}
            showSearch={{ optionFilterProp: "label" }}
            options={rest.filter((f) => !added.includes(f.key)).map((f) => ({ value: f.key, label: label(f) }))}
            onChange={(key: string | null) => key && setAdded([...added, key])}
          />
        </div>
      )}
    </section>
  );
}

const NONE = "n";
const FORMULA = "f";

function FieldRow({
  one,
  field,
  forms,
  target,
  at,
  mapping,
  onChange,
  fault,
}: {
  one: ImportAnswer;
  field: Field;
  forms: readonly Form[];
  target: Target;
  at: number;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
  fault: string | null;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const source = sourceOf(target, field.key);
  const item = target.fields.find((f) => f.field === field.key);
  const column = one.about.columns.find((c) => source.kind === "column" && c.name === source.column);
  const to = forms.find((f) => f.key === field.to);
  const before = mapping.targets.slice(0, at).filter((x) => field.kind === "relation" && x.form === field.to);
  const plain = !["relation", "person", "department", "multi_select"].includes(field.kind);
  const value =
    source.kind === "none"
      ? NONE
      : source.kind === "formula"
        ? FORMULA
        : source.kind === "from"
          ? `t:${source.target}`
          : `c:${source.column}`;
  const options = [
    { value: NONE, label: t("imports:leave_out") },
    ...before.map((x) => ({
      value: `t:${nameOf(x)}`,
      label: t("imports:same_row", { label: label(forms.find((f) => f.key === x.form) ?? {}) }),
    })),
    ...one.about.columns.map((c) => ({ value: `c:${c.name}`, label: c.name })),
    ...(plain ? [{ value: FORMULA, label: t("imports:by_formula") }] : []),
  ];
  const sure = source.kind === "none" ? "none" : sureness(target.sure?.[field.key]);
  const set = (next: Parameters<typeof setSource>[3]) =>
    onChange(setSource(mapping, at, field, next, to?.title ?? null));
  return (
    <tr className={fault ? "wrong" : undefined}>
      <th scope="row">
        {label(field)}
        {field.required && <span className="bad"> *</span>}
      </th>
      <td>
        <div className="map-source">
          <Select
            value={value}
            options={options}
            status={fault ? "error" : ""}
            aria-label={t("imports:source_of", { label: label(field) })}
            popupMatchSelectWidth={260}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(v) => {
              if (v === NONE) set({ kind: "none" });
              else if (v === FORMULA) set({ kind: "formula", formula: "" });
              else if (v.startsWith("t:")) set({ kind: "from", target: v.slice(2) });
              else set({ kind: "column", column: v.slice(2) });
            }}
          />
          {source.kind === "formula" && (
            <Input
              className="mono"
              value={source.formula}
              status={fault ? "error" : ""}
              spellCheck={false}
              aria-label={t("imports:formula_of", { label: label(field) })}
              placeholder={t("imports:formula_example")}
              onChange={(e) => set({ kind: "formula", formula: e.target.value })}
            />
          )}
          {source.kind === "column" && field.kind === "relation" && to && (
            <span className="row">
              <span className="grey-2">{t("imports:match")}</span>
              <Select
                style={{ width: 130 }}
                value={item?.match ?? to.title}
                aria-label={t("imports:match")}
                options={to.fields
                  .filter((f) => ["text", "auto_number", "phone", "mail"].includes(f.kind))
                  .map((f) => ({ value: f.key, label: label(f) }))}
                onChange={(match) => match && onChange(setItem(mapping, at, field.key, { match }))}
              />
              {to.may.includes("create") && (
                <Checkbox
                  checked={item?.create ?? false}
                  onChange={(e) => onChange(setItem(mapping, at, field.key, { create: e.target.checked }))}
                >
                  {t("imports:create_absent")}
                </Checkbox>
              )}
            </span>
          )}
        </div>
        {fault && (
          <p className="field-error" role="alert">
            <Icon name="bang" size={14} />
            {fault}
          </p>
        )}
      </td>
      <td className="grey-2 cut" title={column?.samples?.join("\n")}>
        {column?.samples?.join("、") ?? ""}
      </td>
      <td>
        {sure === "sure" && (
          <span className="good row" style={{ gap: 2 }}>
            <Icon name="check" size={14} />
            {t("imports:sure_yes")}
          </span>
        )}
        {sure === "check" && <Chip tone="warn">{t("imports:sure_check")}</Chip>}
      </td>
    </tr>
  );
}
