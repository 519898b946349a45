import { useQuery } from "@tanstack/react-query";
import { DatePicker, Input, Segmented, Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Field, useLabel, valueKind } from "@/rooms/forms";
import { departmentsQuery, peopleQuery } from "@/rooms/people";
import { isRef, type Ref, refName, type Value } from "./api";
import { titleOf } from "./cell";
import { dayOf } from "./day";
import { useChoices } from "./use_choices";

const SpecialInput = lazy(async () => ({ default: (await import("./special_input")).SpecialInput }));

interface InputProps {
  id: string;
  field: Field;
  value: Value | undefined;
  onChange: (value: Value) => void;
  wrong: boolean;
  describedBy?: string | undefined;
}

/** The control that fills in one field. */
export function FieldInput(props: InputProps) {
  const { field, value, onChange, id, wrong } = props;
  const { t } = useTranslation();
  const label = useLabel();
  const status = wrong ? ("error" as const) : ("" as const);
  const common = { id, status, "aria-describedby": props.describedBy, "aria-invalid": wrong };
  const text = value === null || value === undefined || typeof value === "object" ? "" : String(value);
  switch (valueKind(field)) {
    case "long_text":
      return (
        <Input.TextArea
          {...common}
          autoSize={{ minRows: 2, maxRows: 8 }}
          value={text}
          onChange={(e) => onChange(e.target.value)}
        />
      );
    case "number":
    case "money":
      return (
        <Input
          {...common}
          inputMode="decimal"
          prefix={valueKind(field) === "money" ? <span className="grey">¥</span> : undefined}
          value={text}
          onChange={(e) => onChange(e.target.value)}
        />
      );
    case "percent":
      return <PercentInput {...props} />;
    case "date":
      return (
        <DatePicker
          {...common}
          style={{ width: "100%" }}
          value={dayOf(text)}
          onChange={(d) => onChange(d ? d.format("YYYY-MM-DD") : null)}
        />
      );
    case "datetime":
      return (
        <DatePicker
          {...common}
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          style={{ width: "100%" }}
          value={dayOf(text)}
          onChange={(d) => onChange(d ? d.format("YYYY-MM-DDTHH:mm:ss") : null)}
        />
      );
    case "yes_no":
      return (
        <Segmented<string>
          id={id}
          value={value === true ? "yes" : value === false ? "no" : "blank"}
          options={[
            { value: "blank", label: "—" },
            { value: "yes", label: t("yes") },
            { value: "no", label: t("no") },
          ]}
          onChange={(v) => onChange(v === "blank" ? null : v === "yes")}
        />
      );
    case "select":
      return (
        <Select
          {...common}
          allowClear
          value={text || null}
          showSearch={{ optionFilterProp: "label" }}
          options={(field.options ?? []).map((o) => ({ value: o.key, label: label(o) }))}
          onChange={(v) => onChange(v ?? null)}
        />
      );
    case "multi_select":
      return (
        <Select
          {...common}
          mode="multiple"
          allowClear
          value={Array.isArray(value) ? value : []}
          showSearch={{ optionFilterProp: "label" }}
          options={(field.options ?? []).map((o) => ({ value: o.key, label: label(o) }))}
          onChange={(v) => onChange(v.length ? v : null)}
        />
      );
    case "person":
      return <PersonInput {...props} />;
    case "department":
      return <DepartmentInput {...props} />;
    case "rating":
    case "nps":
    case "persons":
    case "relations":
    case "attachment":
    case "image":
    case "signature":
    case "certificate":
      return (
        <Suspense fallback={null}>
          <SpecialInput {...props} />
        </Suspense>
      );
    case "relation":
      return <RelationInput {...props} />;
    case "mail":
      return <Input {...common} type="email" value={text} onChange={(e) => onChange(e.target.value)} />;
    case "phone":
      return <Input {...common} type="tel" value={text} onChange={(e) => onChange(e.target.value)} />;
    default:
      return <Input {...common} value={text} onChange={(e) => onChange(e.target.value)} />;
  }
}

/** Typed as a percentage, kept as typed with its sign, so that `15` and `15%` mean the same. */
function PercentInput({ id, value, onChange, wrong }: InputProps) {
  const given = value === null || value === undefined ? "" : String(value);
  const [text, setText] = useState(given === "" ? "" : String(Number((Number(given) * 100).toFixed(8))));
  return (
    <Input
      id={id}
      inputMode="decimal"
      suffix="%"
      status={wrong ? "error" : ""}
      value={text}
      onChange={(e) => {
        setText(e.target.value);
        onChange(e.target.value.trim() === "" ? null : `${e.target.value.replace("%", "").trim()}%`);
      }}
    />
  );
}

const chosen = (value: Value | undefined): Ref | null => (isRef(value) ? value : null);

function PersonInput({ id, value, onChange, wrong }: InputProps) {
  const people = useQuery(peopleQuery).data ?? [];
  const now = chosen(value);
  const options = people.map((p) => ({ value: p.id, label: p.name, account: p.account }));
  if (now && !options.some((o) => o.value === now.id))
    options.unshift({ value: now.id, label: refName(now) ?? `#${now.id}`, account: "" });
  return (
    <Select
      id={id}
      allowClear
      status={wrong ? "error" : ""}
      value={now?.id ?? null}
      options={options}
      showSearch={{
        filterOption: (text, option) =>
          !!option && `${option.label} ${option.account}`.toLowerCase().includes(text.toLowerCase()),
      }}
      onChange={(v) => onChange(v ? { id: v, name: people.find((p) => p.id === v)?.name ?? null } : null)}
    />
  );
}

function DepartmentInput({ id, value, onChange, wrong }: InputProps) {
  const departments = useQuery(departmentsQuery).data ?? [];
  return (
    <Select
      id={id}
      allowClear
      status={wrong ? "error" : ""}
      value={chosen(value)?.id ?? null}
      options={departments.map((d) => ({ value: d.id, label: d.name }))}
      showSearch={{ optionFilterProp: "label" }}
      onChange={(v) => onChange(v ? { id: v, name: departments.find((d) => d.id === v)?.name ?? null } : null)}
    />
  );
}

/** Finds a record of the other form by what it is called. */
function RelationInput({ id, field, value, onChange, wrong }: InputProps) {
  const { t } = useTranslation();
  const { form, rows, fetching, search, onOpenChange } = useChoices(field.to ?? "");
  const now = chosen(value);
  const options = form ? rows.map((row) => ({ value: row.id, label: titleOf(form, row) })) : [];
  if (now && !options.some((o) => o.value === now.id))
    options.unshift({ value: now.id, label: refName(now) ?? t("no_right") });
  return (
    <Select
      id={id}
      allowClear
      status={wrong ? "error" : ""}
      disabled={!form}
      value={now?.id ?? null}
      options={options}
      loading={fetching}
      showSearch={search}
      notFoundContent={fetching ? t("loading") : t("records:nothing_to_choose")}
      onOpenChange={onOpenChange}
      onChange={(v) => onChange(v ? { id: v, label: options.find((o) => o.value === v)?.label ?? null } : null)}
    />
  );
}
