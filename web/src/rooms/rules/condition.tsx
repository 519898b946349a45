/** 2 满足什么条件: a run of readings in words, the rest as rows or a formula, both ways, with what fits today. */
import { Button, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Icon } from "@/kit";
import type { Form } from "@/rooms/forms";
import { ConditionField, Fits } from "@/rooms/forms/condition_field";
import { useFieldChoices } from "@/rooms/processes/flow_parts";
import { put } from "./model";
import { type Props, Sentence } from "./parts";
import { COMPARES, joined, PERIODS, type Run, split } from "./run";
import { RUN_WORDS, useRuleWords } from "./words";

export function IfSentence({ tree, form, act, problem }: Props) {
  const { t } = useTranslation();
  const words = useRuleWords(tree.form);
  const [asText, setAsText] = useState(false);
  const text = tree.condition ?? "";
  const found = asText ? null : split(text);
  const tracked = useFieldChoices(form, (f) => f.tracked === true);
  const wrong = problem("=condition");
  const set = (condition: string, place = "condition") =>
    act(t("rules:sentence_2"), (old) => put(old, { condition }), place);
  return (
    <Sentence n={2} title={t("rules:sentence_2")} hint={t(text ? "rules:hint_2" : "rules:hint_2_none")}>
      {found && (
        <RunLine
          run={found.run}
          form={form}
          onChange={(run, place) => set(joined(run, found.rest), place)}
          onRemove={() => set(found.rest)}
          onText={() => setAsText(true)}
          fits={<Fits form={tree.form} text={text} />}
        />
      )}
      <ConditionField
        key={found ? "rest" : "whole"}
        id="rule-condition"
        label={t(found ? "rules:also" : "rules:condition")}
        tree={{ form: tree.form }}
        value={found ? found.rest : text}
        onChange={(next) => set(found ? joined(found.run, next) : next)}
        problem={found ? null : wrong}
        sample={null}
      />
      {!split(text) && tracked.length > 0 && (
        <Button
          size="small"
          className="rule-add"
          icon={<Icon name="plus" size={14} />}
          onClick={() => {
            setAsText(false);
            set(joined({ field: tracked[0]?.value ?? "", op: "<", limit: "60", times: 2, period: "week" }, text));
          }}
        >
          {t("rules:add_run")}
        </Button>
      )}
      {asText && split(text) && (
        <Button size="small" type="text" className="rule-add" onClick={() => setAsText(false)}>
          {t("rules:as_run")}
        </Button>
      )}
      {found && (
        <p className="rule-formula small">
          <Icon name="formula" size={14} /> <code>{words.labelled(text)}</code>
        </p>
      )}
      {found && wrong && <FieldError>{wrong.text}</FieldError>}
      {!found && wrong && !text && <FieldError>{wrong.text}</FieldError>}
      {/\b(STREAK|HELD)\(/.test(text) && (
        <p className="grey small row">
          <Icon name="info" size={14} /> {t("rules:streak_note")}
        </p>
      )}
    </Sentence>
  );
}

/** 健康度评分 低于 60，连续 2 周 */
function RunLine({
  run,
  form,
  onChange,
  onRemove,
  onText,
  fits,
}: {
  run: Run;
  form: Form | undefined;
  onChange: (run: Run, place?: string) => void;
  onRemove: () => void;
  onText: () => void;
  fits: React.ReactNode;
}) {
  const { t } = useTranslation();
  const words = useRuleWords(form?.key ?? "");
  const tracked = useFieldChoices(form, (f) => f.tracked === true);
  const known = tracked.some((one) => one.value === run.field);
  const fields = known ? tracked : [...tracked, { value: run.field, label: words.field(run.field) }];
  return (
    <fieldset className="rule-run" aria-label={t("rules:run")}>
      <div className="row">
        <b>{t("rules:run")}</b>
        <span className="spread" />
        <span className="grey-2" role="status">
          {fits}
        </span>
        <button type="button" className="icon-button" aria-label={t("formula:as_formula")} onClick={onText}>
          <Icon name="formula" size={15} />
        </button>
        <button type="button" className="icon-button" aria-label={t("rules:run_remove")} onClick={onRemove}>
          <Icon name="close" size={15} />
        </button>
      </div>
      <div className="rule-line">
        <Select
          aria-label={t("rules:run_field")}
          className="spread"
          value={run.field}
          options={fields}
          onChange={(field: string) => onChange({ ...run, field })}
        />
        <Select
          aria-label={t("rules:run_op")}
          className="rule-op"
          value={run.op}
          options={COMPARES.map((value) => ({ value, label: t(`rules:run_${RUN_WORDS[value]}`) }))}
          onChange={(op: string) => onChange({ ...run, op })}
        />
        <InputNumber
          aria-label={t("rules:run_limit")}
          className="rule-far"
          stringMode
          value={run.limit}
          onChange={(value) => value !== null && onChange({ ...run, limit: String(value) }, "condition.limit")}
        />
        <span>{t("rules:run_for")}</span>
        <InputNumber
          aria-label={t("rules:run_times")}
          className="rule-far"
          min={1}
          max={366}
          value={run.times}
          onChange={(value) => onChange({ ...run, times: Math.trunc(Number(value ?? 1)) }, "condition.times")}
        />
        <Select
          aria-label={t("rules:unit")}
          className="rule-period"
          value={run.period}
          options={PERIODS.map((value) => ({ value, label: t(`rules:period_${value}`) }))}
          onChange={(period: string) => onChange({ ...run, period })}
        />
      </div>
    </fieldset>
  );
}
