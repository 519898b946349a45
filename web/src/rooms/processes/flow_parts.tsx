/** Parts of the inspector in business words: who, when, which fields, which values. */
import { useQuery } from "@tanstack/react-query";
import { Button, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { type DesignKind, type DesignProblem, definitionsQuery } from "@/rooms/design";
import { type Field, type Form, useForms, useLabel, valueKind } from "@/rooms/forms";
import { FormulaField } from "@/rooms/forms/formula_field";
import { Line } from "@/rooms/forms/lines";
import { peopleQuery } from "@/rooms/people";

export interface Choice {
  value: string;
  label: string;
}
export type WhoTree = Record<string, unknown>;

/** Definitions of a kind as choices; what a draft brings stands among them. */
export function useDefined(kind: DesignKind): Choice[] {
  const label = useLabel();
  return (useQuery(definitionsQuery(kind)).data ?? []).map((one) => ({ value: one.key, label: label(one) }));
}

/** Active colleagues, by account. */
export function usePeople(): Choice[] {
  const all = useQuery(peopleQuery).data ?? [];
  return all.filter((p) => p.active).map((p) => ({ value: p.account, label: p.name }));
}

/** Fields that fit, also those behind a relation: 客户 · 负责人. */
export function useFieldChoices(form: Form | undefined, fits: (field: Field) => boolean): Choice[] {
  const forms = useForms();
  const label = useLabel();
  const own = (form?.fields ?? []).filter(fits).map((f) => ({ value: f.key, label: label(f) }));
  const behind = (form?.fields ?? []).flatMap((via) =>
    via.kind === "relation"
      ? (forms.find((f) => f.key === via.to)?.fields ?? [])
          .filter(fits)
          .map((f) => ({ value: `${via.key}.${f.key}`, label: `${label(via)} · ${label(f)}` }))
      : [],
  );
  return [...own, ...behind];
}
export const isDate = (f: Field) => valueKind(f) === "date";
export const isPerson = (f: Field) => f.kind === "person" || (f.kind === "formula" && f.type === "person");

/** What is not among the choices any longer is shown all the same. */
const with_ = (choices: readonly Choice[], value: unknown): Choice[] =>
  typeof value === "string" && value && !choices.some((c) => c.value === value)
    ? [...choices, { value, label: value }]
    : [...choices];

export function Pick({
  id,
  label,
  value,
  choices,
  onChange,
  hint,
  clear = false,
  bare = false,
  problem = null,
}: {
  id: string;
  label: string;
  value: unknown;
  choices: readonly Choice[];
  onChange: (value: string) => void;
  hint?: string;
  clear?: boolean;
  /** its name stands elsewhere */
  bare?: boolean;
  problem?: DesignProblem | null;
}) {
  const select = (
    <Select
      id={id}
      aria-label={label}
      showSearch={{ optionFilterProp: "label" }}
      allowClear={clear}
      value={typeof value === "string" && value ? value : null}
      {...(hint ? { placeholder: hint } : {})}
      {...(problem ? { status: "error" as const } : {})}
      options={with_(choices, value)}
      onChange={(v: string | null | undefined) => onChange(v ?? "")}
    />
  );
  return bare ? (
    select
  ) : (
    <Line id={id} label={label} problem={problem}>
      {select}
    </Line>
  );
}

const WHO = ["role", "field", "head_of", "superiors", "person", "audience"] as const;

/** Who acts or is told: a role, the person in a field, that person's head, somebody by name, the customer's contacts. */
export function WhoField({
  id,
  label,
  value,
  form,
  outside = false,
  above = false,
  problem,
  onChange,
}: {
  id: string;
  label: string;
  value: unknown;
  form: Form | undefined;
  /** contacts outside the company may be chosen, too */
  outside?: boolean;
  /** superiors may be chosen, too */
  above?: boolean;
  problem: DesignProblem | null;
  onChange: (who: WhoTree) => void;
}) {
  const { t } = useTranslation();
  const given = (typeof value === "object" && value !== null ? value : {}) as WhoTree;
  const kind = WHO.find((k) => k in given) ?? (Object.keys(given).length ? "other" : "role");
  const roles = useDefined("role");
  const audiences = useDefined("audience");
  const people = usePeople();
  const persons = useFieldChoices(form, isPerson);
  const choices: Record<string, readonly Choice[]> = {
    role: roles,
    field: persons,
    head_of: persons,
    person: people,
    audience: audiences,
  };
  const first = (k: string) => (k === "field" || k === "head_of" ? (form?.owner ?? persons[0]?.value ?? "") : "");
  return (
    <Line id={id} label={label} problem={problem}>
      <Select
        aria-label={t("flow:who_kind", { label })}
        value={kind}
        options={[
          ...WHO.filter((k) => (outside || k !== "audience") && (above || kind === k || k !== "superiors")),
          ...(kind === "other" ? ["other"] : []),
        ].map((k) => ({
          value: k,
          label: t(`flow:who_${k}`),
        }))}
        onChange={(k) => onChange(k === "superiors" ? { superiors: 1, of: first("field") } : { [k]: first(k) })}
      />
      {kind === "superiors" && (
        <span className="flow-line">
          <Pick
            bare
            id={id}
            label={label}
            value={given.of}
            choices={persons}
            onChange={(of) => onChange({ ...given, of })}
          />
          <InputNumber
            aria-label={t("flow:levels")}
            min={1}
            max={10}
            value={Number(given.superiors)}
            onChange={(v) => onChange({ ...given, superiors: Number(v ?? 1) })}
          />
          <span>{t("flow:levels_up")}</span>
        </span>
      )}
      {kind !== "other" && kind !== "superiors" && (
        <Pick
          bare
          id={id}
          label={label}
          value={given[kind]}
          choices={choices[kind] ?? []}
          hint={t(`flow:who_${kind}_hint`)}
          problem={problem}
          onChange={(name) => onChange({ [kind]: name })}
        />
      )}
    </Line>
  );
}

const OFFSET = /^([a-z_]\w*(?:\.[a-z_]\w*)*)(?:\s*([-+])\s*(\d{1,5}))?$/;

/** A date in words, 结束日期 前 45 天; anything else as a formula. */
export function DateField({
  id,
  label,
  value,
  form,
  problem,
  onChange,
}: {
  id: string;
  label: string;
  value: string;
  form: Form | undefined;
  problem: DesignProblem | null;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const dates = useFieldChoices(form, isDate);
  const found = OFFSET.exec(value.trim());
  const [written, setWritten] = useState(value !== "" && found === null);
  const [, field = dates[0]?.value ?? "", sign = "-", n = "0"] = found ?? [];
  const say = (f: string, s: string, days: number) => onChange(days === 0 ? f : `${f} ${s} ${days}`);
  if (written || (value !== "" && !found))
    return (
      <>
        <FormulaField
          id={id}
          label={label}
          tree={{ form: form?.key ?? "" }}
          value={value}
          onChange={onChange}
          problem={problem}
          sample={null}
        />
        {found && (
          <Button size="small" type="text" onClick={() => setWritten(false)}>
            {t("flow:in_words")}
          </Button>
        )}
      </>
    );
  return (
    <Line id={id} label={label} problem={problem}>
      <Pick bare id={id} label={label} value={field} choices={dates} onChange={(f) => say(f, sign, Number(n))} />
      <span className="flow-line">
        <Select
          aria-label={t("flow:before_after")}
          value={sign}
          options={[
            { value: "-", label: t("flow:before") },
            { value: "+", label: t("flow:after") },
          ]}
          onChange={(s) => say(field, s, Number(n))}
        />
        <InputNumber
          aria-label={t("flow:days")}
          min={0}
          max={9999}
          value={Number(n)}
          onChange={(v) => say(field, sign, Number(v ?? 0))}
        />
        <span>{t("flow:unit_days")}</span>
        <Button size="small" type="text" title={t("flow:as_formula")} onClick={() => setWritten(true)}>
          <Icon name="formula" size={14} />
        </Button>
      </span>
    </Line>
  );
}

export function TimeField({ id, value, onChange }: { id: string; value: unknown; onChange: (time: string) => void }) {
  const { t } = useTranslation();
  return (
    <Line id={id} label={t("flow:time")}>
      <Input
        id={id}
        type="time"
        value={typeof value === "string" ? value.padStart(5, "0") : "09:00"}
        onChange={(e) => e.target.value && onChange(e.target.value)}
      />
    </Line>
  );
}
