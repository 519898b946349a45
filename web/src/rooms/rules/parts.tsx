/** Parts of the rule designer: a numbered sentence, a date of the form, a time of day. */
import { Button, Input } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import type { Form } from "@/rooms/forms";
import { FormulaField } from "@/rooms/forms/formula_field";
import { Line } from "@/rooms/forms/lines";
import { isDate, Pick, useFieldChoices } from "@/rooms/processes/flow_parts";
import type { RuleTree } from "./model";

export interface Props {
  tree: RuleTree;
  form: Form | undefined;
  /** one step that can be undone; `place` joins what is typed into one */
  act: (what: string, change: (old: RuleTree) => RuleTree, place?: string) => void;
  /** what is wrong at a path, or below it */
  problem: (...paths: string[]) => DesignProblem | null;
}

export function Sentence({
  n,
  title,
  hint,
  problem,
  children,
}: {
  n: number;
  title: string;
  hint?: string;
  problem?: DesignProblem | null;
  children: ReactNode;
}) {
  return (
    <section className="rule-sentence" data-sentence={n} aria-labelledby={`rule-sentence-${n}`}>
      <h2 id={`rule-sentence-${n}`} tabIndex={-1}>
        <span className="rule-number" aria-hidden="true">
          {n}
        </span>
        {title}
        {hint && <span className="grey small">{hint}</span>}
      </h2>
      {children}
      {problem && <FieldError>{problem.text}</FieldError>}
    </section>
  );
}

/** A date of the record, one behind a relation, or a formula that gives one. */
export function DatePath({
  id,
  label,
  value,
  form,
  problem,
  clear = false,
  hint,
  onChange,
}: {
  id: string;
  label: string;
  value: string;
  form: Form | undefined;
  problem: DesignProblem | null;
  clear?: boolean;
  hint?: string;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const dates = useFieldChoices(form, isDate);
  const [written, setWritten] = useState(false);
  const plain = value === "" || dates.some((one) => one.value === value);
  if (plain && !written)
    return (
      <Line id={id} label={label} problem={problem}>
        <span className="flow-line">
          <Pick
            bare
            id={id}
            label={label}
            value={value}
            choices={dates}
            clear={clear}
            {...(hint ? { hint } : {})}
            problem={problem}
            onChange={onChange}
          />
          <Button
            size="small"
            type="text"
            title={t("flow:as_formula")}
            aria-label={t("flow:as_formula")}
            onClick={() => setWritten(true)}
          >
            <Icon name="formula" size={14} />
          </Button>
        </span>
      </Line>
    );
  return (
    <div className="rule-date">
      <FormulaField
        id={id}
        label={label}
        tree={{ form: form?.key ?? "" }}
        value={value}
        onChange={onChange}
        problem={problem}
        sample={null}
      />
      {plain && (
        <Button size="small" type="text" onClick={() => setWritten(false)}>
          {t("rules:as_field")}
        </Button>
      )}
    </div>
  );
}

export function Clock({
  id,
  value,
  label,
  onChange,
}: {
  id: string;
  value: string | undefined;
  label: string;
  onChange: (time: string) => void;
}) {
  return (
    <Input
      id={id}
      type="time"
      className="rule-clock"
      aria-label={label}
      value={(value ?? "09:00").padStart(5, "0")}
      onChange={(e) => e.target.value && onChange(e.target.value)}
    />
  );
}
