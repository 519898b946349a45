import { useMutation } from "@tanstack/react-query";
import { Button, Drawer, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, FieldError, Icon, Moment, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { useChoices } from "@/rooms/records/use_choices";
import { type Tried, tryRule } from "./api";
import { isDated, type RuleTree } from "./model";
import { WhyTree } from "./why";
import { useRuleWords } from "./words";

/** The drawn rule on one record: does it hold, why, and what it would do. Played on the server and taken back. */
export function RuleTrial({ tree, onClose }: { tree: RuleTree; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const problemText = useProblemText();
  const words = useRuleWords(tree.form);
  const choices = useChoices(tree.form);
  const title = choices.form?.title;
  const [record, setRecord] = useState<number | null>(null);
  const [step, setStep] = useState(tree.steps?.[0]?.key ?? "");
  const [told, setTold] = useState<{ found: Tried; of: RuleTree } | null>(null);
  const trial = useMutation({
    mutationFn: (asked: { record: number; step: string }) => tryRule(tree, asked.record, asked.step),
    onSuccess: (found) => setTold({ found, of: tree }),
    onError: () => setTold(null),
  });
  const play = (to: number | null, at: string) => to !== null && trial.mutate({ record: to, step: at });
  const fieldsOf = (form: string, keys: readonly string[]) => {
    const of = forms.find((one) => one.key === form);
    return keys.map((key) => label(of?.fields.find((f) => f.key === key) ?? { label: key })).join(t("rules:and"));
  };
  const found = told?.found;
  const nothing = found && found.tasks.length + found.messages.length + found.changes.length === 0;
  return (
    <Drawer
      open
      mask={false}
      placement="right"
      size={420}
      title={t("rules:trial")}
      onClose={onClose}
      footer={<p className="grey small">{t("flow:trial_nothing")}</p>}
    >
      <div className="flow-rows">
        <label htmlFor="rule-trial-record">{t("flow:trial_record")}</label>
        <Select
          id="rule-trial-record"
          value={record}
          placeholder={t("flow:trial_record_hint")}
          options={choices.rows.map((row) => ({ value: row.id, label: String((title && row[title]) || `#${row.id}`) }))}
          loading={choices.fetching}
          showSearch={choices.search}
          onOpenChange={choices.onOpenChange}
          onChange={(id: number) => {
            setRecord(id);
            play(id, step);
          }}
        />
        {isDated(tree) && (
          <Select
            aria-label={t("rules:trial_step")}
            value={step}
            options={(tree.steps ?? []).map((one) => ({
              value: one.key,
              label: `${words.field(tree.when.date ?? "")} ${words.offset(one)}`,
            }))}
            onChange={(next: string) => {
              setStep(next);
              play(record, next);
            }}
          />
        )}
        {trial.isError && <FieldError>{problemText(trial.error)}</FieldError>}
        {told && told.of !== tree && (
          <p className="row small">
            <span className="spread">{t("rules:trial_stale")}</span>
            <Button size="small" loading={trial.isPending} onClick={() => play(record, step)}>
              {t("rules:trial_again")}
            </Button>
          </p>
        )}
        {found && (
          <div role="status" className="rule-told" aria-busy={trial.isPending}>
            <p>
              {found.holds === null ? (
                <Chip tone="info">{t("rules:trial_event")}</Chip>
              ) : (
                <Chip tone={found.holds ? "urgent" : "plain"} icon={found.holds ? "check" : "close"}>
                  {t(found.holds ? "rules:trial_holds" : "rules:trial_holds_not")}
                </Chip>
              )}
            </p>
            {found.why && <WhyTree part={found.why} form={tree.form} />}
            {found.stopped && (
              <p className="bad row">
                <Icon name="bang" size={14} /> {t("rules:trial_stopped", { code: found.stopped })}
              </p>
            )}
            <h3>{t(found.holds === false ? "rules:trial_would_if" : "rules:trial_would")}</h3>
            {nothing && <p className="grey">{t("rules:trial_nothing_follows")}</p>}
            <ul className="rule-actions">
              {found.tasks.map((one, at) => (
                <li key={`t${at}`} className="rule-action">
                  <b>{t("rules:said", { name: t("rules:action_task"), what: label(one) })}</b>
                  <span className="grey small">
                    {one.person ?? t("rules:nobody")}
                    {one.due_at && (
                      <>
                        {" · "}
                        {t("rules:due_by")} <Moment value={one.due_at} />
                      </>
                    )}
                  </span>
                </li>
              ))}
              {found.messages.map((one, at) => (
                <li key={`m${at}`} className="rule-action">
                  <b>{t("rules:told", { who: one.name ?? t("rules:nobody") })}</b>
                  <span className="grey small">
                    {t(`rules:channel_${one.channel}`, { defaultValue: one.channel })} · {words.template(one.template)}
                  </span>
                </li>
              ))}
              {found.changes.map((one, at) => (
                <li key={`c${at}`} className="rule-action">
                  <b>
                    {t(one.op === "I" ? "rules:would_create" : "rules:would_change", {
                      form: words.formName(one.form),
                    })}
                  </b>
                  <span className="grey small">{fieldsOf(one.form, one.fields)}</span>
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Drawer>
  );
}
