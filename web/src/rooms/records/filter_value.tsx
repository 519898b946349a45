import { useQuery } from "@tanstack/react-query";
import { DatePicker, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Field, useLabel } from "@/rooms/forms";
import { departmentsQuery, peopleQuery } from "@/rooms/people";
import { type Condition, input } from "./conditions";

/** The control for the value of one condition. */
export function ValueInput({
  field,
  condition,
  onChange,
}: {
  field: Field;
  condition: Condition;
  onChange: (value: string | string[]) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const kind = input(field, condition.op);
  const people = useQuery({ ...peopleQuery, enabled: kind === "people" }).data ?? [];
  const departments = useQuery({ ...departmentsQuery, enabled: kind === "departments" }).data ?? [];
  const text = Array.isArray(condition.value) ? (condition.value[0] ?? "") : condition.value;
  const many = Array.isArray(condition.value) ? condition.value : condition.value ? [condition.value] : [];
  const name = t("records:value");
  switch (kind) {
    case "none":
      return null;
    case "number":
      return <Typed value={text} name={name} onChange={onChange} percent={field.kind === "percent"} />;
    case "days":
      return (
        <InputNumber
          className="filter-value"
          min={0}
          max={3650}
          value={text === "" ? null : Number(text)}
          aria-label={name}
          suffix={t("records:days")}
          onChange={(n) => onChange(n === null ? "" : String(n))}
        />
      );
    case "date":
      return (
        <DatePicker
          className="filter-value"
          value={text ? dayjs(text) : null}
          aria-label={name}
          onChange={(d) => onChange(d ? d.format("YYYY-MM-DD") : "")}
        />
      );
    case "options":
    case "people":
    case "departments": {
      const options =
        kind === "options"
          ? (field.options ?? []).map((o) => ({ value: o.key, label: label(o) }))
          : kind === "people"
            ? people.map((p) => ({ value: p.account, label: p.name }))
            : departments.map((d) => ({ value: d.key, label: d.name }));
      return (
        <Select
          mode="multiple"
          className="filter-value"
          value={many}
          options={options}
          aria-label={name}
          showSearch={{ optionFilterProp: "label" }}
          onChange={(v) => onChange(v)}
        />
      );
    }
    case "option":
      return (
        <Select
          className="filter-value"
          value={text || null}
          aria-label={name}
          options={(field.options ?? []).map((o) => ({ value: o.key, label: label(o) }))}
          onChange={(v) => onChange(v ?? "")}
        />
      );
    default:
      return <Typed value={text} name={name} onChange={onChange} />;
  }
}

/** Text that takes effect after a short rest, so that the list does not reload at each letter. */
function Typed({
  value,
  name,
  onChange,
  percent = false,
}: {
  value: string;
  name: string;
  onChange: (value: string) => void;
  percent?: boolean;
}) {
  const shown = percent && value !== "" ? String(Number((Number(value) * 100).toFixed(8))) : value;
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  useEffect(() => {
    if (text === shown) return;
    const timer = setTimeout(
      () => onChange(percent && text !== "" ? String(Number((Number(text) / 100).toFixed(10))) : text),
      400,
    );
    return () => clearTimeout(timer);
  }, [text, shown, onChange, percent]);
  return (
    <Input
      className="filter-value"
      value={text}
      aria-label={name}
      suffix={percent ? "%" : undefined}
      onChange={(e) => setText(e.target.value)}
    />
  );
}
