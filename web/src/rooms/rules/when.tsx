/** 1 什么时候: which records, and what makes the rule look at them. */
import { InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useForms, useLabel } from "@/rooms/forms";
import { isDate, useFieldChoices } from "@/rooms/processes/flow_parts";
import { put, WHENS, type WhenKind, type WhenTree, whenChanged } from "./model";
import { Clock, DatePath, type Props, Sentence } from "./parts";

const WEEK = [1, 2, 3, 4, 5, 6, 7];

export function WhenSentence({ tree, form, act, problem, published }: Props & { published: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms().filter((one) => !one.within || one.key === tree.form);
  const dates = useFieldChoices(form, isDate);
  const step = t("rules:step_when");
  const set = (values: { [K in keyof WhenTree]?: WhenTree[K] | undefined }, place?: string) =>
    act(step, (old) => ({ ...old, when: put(old.when, values) }), place);
  const { kind } = tree.when;
  const at = (
    <Clock id="rule-at" label={t("flow:time")} value={tree.when.at} onChange={(time) => set({ at: time }, "when.at")} />
  );
  return (
    <Sentence n={1} title={t("rules:sentence_1")} hint={t("rules:hint_1")} problem={problem("=form", "=when")}>
      <div className="rule-line">
        <Select
          aria-label={t("rules:form")}
          className="rule-form"
          value={tree.form}
          disabled={published}
          title={published ? t("rules:form_stays") : ""}
          options={forms.map((one) => ({ value: one.key, label: label(one) }))}
          onChange={(key: string) => act(step, (old) => ({ ...old, form: key }))}
        />
        <Select
          aria-label={t("rules:sentence_1")}
          className="spread"
          value={kind}
          options={WHENS.map((value) => ({ value, label: t(`rules:when_${value}`) }))}
          onChange={(next: WhenKind) => act(step, (old) => whenChanged(old, next, dates[0]?.value ?? ""))}
        />
        {kind === "weekly" && (
          <Select
            aria-label={t("rules:weekday")}
            className="rule-day"
            value={tree.when.day ?? 1}
            options={WEEK.map((day) => ({ value: day, label: t(`rules:weekday_${day}`) }))}
            onChange={(day: number) => set({ day })}
          />
        )}
        {kind === "monthly" && (
          <InputNumber
            aria-label={t("rules:month_day")}
            className="rule-day"
            min={1}
            max={31}
            value={tree.when.day ?? 1}
            suffix={t("rules:month_day_unit")}
            onChange={(day) => set({ day: Number(day ?? 1) }, "when.day")}
          />
        )}
        {(kind === "daily" || kind === "weekly" || kind === "monthly") && at}
      </div>
      {kind === "offsets" && (
        <div className="rule-pair">
          <DatePath
            id="rule-date"
            label={t("rules:date")}
            value={tree.when.date ?? ""}
            form={form}
            problem={problem("when.date")}
            onChange={(date) => set({ date }, "when.date")}
          />
          <DatePath
            clear
            id="rule-not-before"
            label={t("rules:not_before")}
            hint={t("rules:not_before_none")}
            value={tree.when.not_before ?? ""}
            form={form}
            problem={problem("when.not_before")}
            onChange={(not_before) => set({ not_before: not_before || undefined }, "when.not_before")}
          />
        </div>
      )}
      {kind === "monthly" && (tree.when.day ?? 1) > 28 && <p className="grey small">{t("rules:month_short")}</p>}
    </Sentence>
  );
}
