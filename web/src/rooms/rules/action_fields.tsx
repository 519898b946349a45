/** What each kind of action needs to know. */
import { useQuery } from "@tanstack/react-query";
import { Input, InputNumber, Segmented, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DesignProblem } from "@/rooms/design";
import { type Form, useForms, useLabel } from "@/rooms/forms";
import { Line } from "@/rooms/forms/lines";
import { Pick, useDefined, useFieldChoices, WhoField } from "@/rooms/processes/flow_parts";
import { ValuesField } from "@/rooms/processes/flow_values";
import { signingQuery } from "./api";
import type { ActionTree, RuleTree } from "./model";

interface Props {
  id: string;
  one: ActionTree;
  tree: RuleTree;
  form: Form | undefined;
  set: (values: Record<string, unknown>, what: string) => void;
  problem: (...names: string[]) => DesignProblem | null;
}
const text = (value: unknown) => (typeof value === "string" ? value : "");
const WAYS = ["in_app", "mail", "sms", "dingtalk", "wecom", "feishu", "webhook"];

function Task({ id, one, form, set, problem }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Line id={`${id}-label`} label={t("rules:task_label")} problem={problem("label")}>
        <Input
          id={`${id}-label`}
          maxLength={80}
          value={text(one.label)}
          onChange={(e) => set({ label: e.target.value }, t("rules:task_label"))}
        />
      </Line>
      <WhoField
        above
        id={`${id}-who`}
        label={t("rules:who")}
        value={one.who ?? { field: form?.owner ?? "" }}
        form={form}
        problem={problem("who")}
        onChange={(who) => set({ who }, t("rules:who"))}
      />
      <div className="rule-pair">
        <Line id={`${id}-due`} label={t("rules:due")} problem={problem("due_workdays")}>
          <InputNumber
            id={`${id}-due`}
            min={0}
            max={365}
            suffix={t("rules:unit_workdays")}
            value={typeof one.due_workdays === "number" ? one.due_workdays : 3}
            onChange={(n) => set({ due_workdays: Number(n ?? 3) }, t("rules:due"))}
          />
        </Line>
        <Line id={`${id}-priority`} label={t("rules:priority")}>
          <Segmented
            id={`${id}-priority`}
            block
            value={text(one.priority) || "normal"}
            options={["low", "normal", "high"].map((value) => ({ value, label: t(`rules:short_${value}`) }))}
            onChange={(priority) => set({ priority }, t("rules:priority"))}
          />
        </Line>
      </div>
      <English id={id} one={one} set={set} />
    </>
  );
}

function English({ id, one, set }: { id: string; one: ActionTree; set: Props["set"] }) {
  const { t } = useTranslation();
  return (
    <Line id={`${id}-en`} label={t("rules:label_en")}>
      <Input
        id={`${id}-en`}
        lang="en"
        maxLength={80}
        value={text(one.label_en)}
        onChange={(e) => set({ label_en: e.target.value }, t("rules:label_en"))}
      />
    </Line>
  );
}

function Notify({ id, one, form, set, problem }: Props) {
  const { t } = useTranslation();
  const templates = useDefined("template");
  const chosen = Array.isArray(one.channels) ? one.channels.map(String) : [];
  return (
    <>
      <WhoField
        outside
        above
        id={`${id}-to`}
        label={t("flow:to")}
        value={one.to ?? { field: form?.owner ?? "" }}
        form={form}
        problem={problem("to")}
        onChange={(to) => set({ to }, t("flow:to"))}
      />
      <Pick
        id={`${id}-template`}
        label={t("flow:template")}
        value={one.template}
        choices={templates}
        hint={t("flow:template_hint")}
        problem={problem("template")}
        onChange={(template) => set({ template }, t("flow:template"))}
      />
      <div className="rule-pair">
        <Line id={`${id}-channels`} label={t("rules:channels")} problem={problem("channels")}>
          <Select
            id={`${id}-channels`}
            mode="multiple"
            value={chosen}
            placeholder={t("rules:channels_own")}
            options={[...new Set([...WAYS, ...chosen])].map((value) => ({
              value,
              label: t(`rules:channel_${value}`, { defaultValue: value }),
            }))}
            onChange={(channels: string[]) =>
              set({ channels: channels.length ? channels : undefined }, t("rules:channels"))
            }
          />
        </Line>
        <Line id={`${id}-late`} label={t("rules:late")} problem={problem("limit_days")}>
          <InputNumber
            id={`${id}-late`}
            min={0}
            max={365}
            suffix={t("flow:unit_days")}
            placeholder={t("flow:late_limit_none")}
            value={typeof one.limit_days === "number" ? one.limit_days : null}
            onChange={(n) => set({ limit_days: n === null ? undefined : Number(n) }, t("rules:late"))}
          />
        </Line>
      </div>
    </>
  );
}

const wrongValues = (one: ActionTree, problem: Props["problem"]) =>
  Object.keys((one.set as object | undefined) ?? {}).flatMap((key) => {
    const found = problem(`set.${key}`);
    return found ? [{ key, problem: found }] : [];
  });
const valuesOf = (one: ActionTree) => (one.set as Record<string, unknown> | undefined) ?? {};

function Update({ id, one, tree, form, set, problem }: Props) {
  const { t } = useTranslation();
  const forms = useForms();
  const relations = useFieldChoices(form, (f) => f.kind === "relation");
  const target = text(one.record)
    .split(".")
    .filter(Boolean)
    .reduce((key, step) => forms.find((f) => f.key === key)?.fields.find((f) => f.key === step)?.to ?? key, tree.form);
  return (
    <>
      <Pick
        id={`${id}-record`}
        label={t("flow:which_record")}
        value={text(one.record) || "."}
        choices={[{ value: ".", label: t("flow:own_record") }, ...relations]}
        problem={problem("record")}
        onChange={(v) => set({ record: v === "." ? "" : v, set: {} }, t("flow:which_record"))}
      />
      <ValuesField
        id={`${id}-set`}
        values={valuesOf(one)}
        target={target}
        source={tree.form}
        problems={wrongValues(one, problem)}
        onChange={(values) => set({ set: values }, t("processes:writes"))}
      />
    </>
  );
}

function Create({ id, one, tree, set, problem }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const made = forms.find((f) => f.key === one.form);
  const values = valuesOf(one);
  return (
    <>
      <Pick
        id={`${id}-form`}
        label={t("flow:which_form")}
        value={one.form}
        choices={forms.filter((f) => !f.within).map((f) => ({ value: f.key, label: label(f) }))}
        problem={problem("form")}
        onChange={(form) => {
          const back = forms
            .find((f) => f.key === form)
            ?.fields.find((f) => f.to === tree.form && f.kind === "relation");
          set({ form, set: back ? { [back.key]: "this" } : {}, match: undefined }, t("flow:which_form"));
        }}
      />
      {made && (
        <>
          <ValuesField
            id={`${id}-set`}
            values={values}
            target={made.key}
            source={tree.form}
            problems={wrongValues(one, problem)}
            onChange={(next) => set({ set: next }, t("processes:writes"))}
          />
          <Line id={`${id}-match`} label={t("flow:match")} problem={problem("match")}>
            <Select
              id={`${id}-match`}
              mode="multiple"
              value={(Array.isArray(one.match) ? one.match : []).map(String)}
              placeholder={t("flow:match_hint")}
              options={Object.keys(values).map((key) => ({
                value: key,
                label: label(made.fields.find((f) => f.key === key) ?? { label: key }),
              }))}
              onChange={(match: string[]) => set({ match: match.length ? match : undefined }, t("flow:match"))}
            />
          </Line>
        </>
      )}
    </>
  );
}

function Start({ id, one, set, problem }: Props) {
  const { t } = useTranslation();
  const processes = useDefined("process");
  return (
    <Pick
      id={`${id}-process`}
      label={t("rules:process")}
      value={one.process}
      choices={processes}
      hint={t("rules:process_hint")}
      problem={problem("process")}
      onChange={(process) => set({ process }, t("rules:process"))}
    />
  );
}

function Webhook({ id, one, tree, set, problem }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Line id={`${id}-url`} label={t("flow:attr_url")} problem={problem("url")}>
        <Input
          id={`${id}-url`}
          type="url"
          value={text(one.url)}
          placeholder="https://"
          onChange={(e) => set({ url: e.target.value.trim() }, t("flow:attr_url"))}
        />
        <span className="grey small">{t("flow:webhook_note")}</span>
      </Line>
      <h3>{t("flow:webhook_sends")}</h3>
      <ValuesField
        copies
        id={`${id}-set`}
        values={valuesOf(one)}
        target={tree.form}
        source={tree.form}
        problems={wrongValues(one, problem)}
        onChange={(next) => set({ set: next }, t("flow:webhook_sends"))}
      />
      <Line id={`${id}-tries`} label={t("flow:attr_tries")} problem={problem("tries")}>
        <InputNumber
          id={`${id}-tries`}
          min={1}
          max={20}
          value={Number(one.tries ?? 5)}
          onChange={(n) => set({ tries: n === 5 ? undefined : Number(n ?? 5) }, t("flow:attr_tries"))}
        />
      </Line>
      <Secret id={id} rule={tree.rule} />
    </>
  );
}

/** Whoever is called checks with it that the call is ours. */
function Secret({ id, rule }: { id: string; rule: string }) {
  const { t } = useTranslation();
  const found = useQuery({ ...signingQuery(rule), retry: false }).data;
  if (!found?.secret) return <p className="grey small">{t("flow:signing_later")}</p>;
  return (
    <Line id={`${id}-signing`} label={t("flow:signing")}>
      <Input.Password id={`${id}-signing`} readOnly value={found.secret} />
    </Line>
  );
}

const FIELDS: Record<string, (props: Props) => ReactNode> = {
  task: Task,
  notify: Notify,
  update: Update,
  create: Create,
  start: Start,
  webhook: Webhook,
};

/** A kind without fields of its own is shown as it is kept. */
export function ActionFields(props: Props) {
  const { t } = useTranslation();
  const Own = FIELDS[props.one.kind];
  return (
    <div className="rule-fields">
      {Own ? (
        <Own {...props} />
      ) : (
        <>
          <p className="grey small">{t("rules:action_as_text")}</p>
          <pre className="rule-raw">{JSON.stringify(props.one, null, 2)}</pre>
        </>
      )}
    </div>
  );
}
