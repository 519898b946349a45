/** What the fields of a record become. */
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { type Field, useForm, useLabel } from "@/rooms/forms";
import { FormulaField } from "@/rooms/forms/formula_field";
import { Pick } from "./flow_parts";

/** What fields of a record become: a choice where the field has some, else a formula. */
export function ValuesField({
  id,
  values,
  target,
  source,
  problems,
  copies = false,
  onChange,
}: {
  id: string;
  values: Record<string, unknown>;
  /** the form that is written, and the one that formulas read */
  target: string;
  source: string;
  problems: readonly { key: string; problem: DesignProblem }[];
  /** a value is that of the field itself, as long as nothing else is written */
  copies?: boolean;
  onChange: (values: Record<string, string>) => void;
}) {
  const { t } = useTranslation();
  const words = useLabel();
  const form = useForm(target);
  const given = Object.entries(values).map(([key, text]): [string, string] => [key, String(text)]);
  const put = (next: [string, string][]) => onChange(Object.fromEntries(next));
  const free = (form?.fields ?? []).filter(
    (f) => (copies || (f.kind !== "formula" && f.kind !== "auto_number")) && !given.some(([key]) => key === f.key),
  );
  return (
    <div className="flow-rows">
      {given.map(([key, text], i) => {
        const field = form?.fields.find((f) => f.key === key);
        const name = words(field ?? { label: key });
        const set = (value: string) => put(given.map((one, n) => (n === i ? [key, value] : one)));
        return (
          <div className="flow-part" key={key}>
            <span className="flow-line">
              <b className="spread cut">{name}</b>
              <button
                type="button"
                className="icon-button"
                aria-label={t("flow:without", { name })}
                onClick={() => put(given.filter((_, n) => n !== i))}
              >
                <Icon name="close" size={14} />
              </button>
            </span>
            <ValueField
              id={`${id}-${key}`}
              label={name}
              field={field}
              source={source}
              value={text}
              problem={problems.find((p) => p.key === key)?.problem ?? null}
              onChange={set}
            />
          </div>
        );
      })}
      <Pick
        bare
        id={id}
        label={t("flow:add_value")}
        value=""
        hint={t("flow:add_value")}
        choices={free.map((f) => ({ value: f.key, label: words(f) }))}
        onChange={(key) => {
          const options = form?.fields.find((f) => f.key === key)?.options;
          if (copies) put([...given, [key, key]]);
          else put([...given, [key, options?.[0] ? JSON.stringify(options[0].key) : '""']]);
        }}
      />
    </div>
  );
}

function ValueField({
  id,
  label,
  field,
  source,
  value,
  problem,
  onChange,
}: {
  id: string;
  label: string;
  field: Field | undefined;
  source: string;
  value: string;
  problem: DesignProblem | null;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const words = useLabel();
  const options = field?.options ?? [];
  const literal = /^"([^"\\]*)"$/.exec(value)?.[1];
  const plain = options.some((o) => o.key === literal);
  const [written, setWritten] = useState(!plain);
  if (plain && !written)
    return (
      <span className="flow-line">
        <Select
          id={id}
          aria-label={label}
          value={literal ?? null}
          options={options.map((o) => ({ value: o.key, label: words(o) }))}
          onChange={(key) => onChange(JSON.stringify(key))}
        />
        <Button size="small" type="text" title={t("flow:as_formula")} onClick={() => setWritten(true)}>
          <Icon name="formula" size={14} />
        </Button>
      </span>
    );
  return (
    <FormulaField
      bare
      id={id}
      label={label}
      tree={{ form: source }}
      value={value === '""' ? "" : value}
      onChange={(text) => onChange(text || '""')}
      problem={problem}
      sample={null}
    />
  );
}
