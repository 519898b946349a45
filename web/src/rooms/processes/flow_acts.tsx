/** What the automatic steps need to know: whom to tell, what to write, what to create. */
import { InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useForms, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line } from "@/rooms/forms/lines";
import type { FieldsProps } from "./flow_fields";
import { Pick, useDefined, useFieldChoices, WhoField } from "./flow_parts";
import type { NodeTree } from "./flow_tree";
import { ValuesField } from "./flow_values";

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Only when …; none: always. */
function When({ node, tree, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <ConditionField
      id="flow-when"
      label={t("processes:only_when")}
      tree={{ form: tree.form }}
      value={text(node.when)}
      onChange={(when) => set({ when }, t("processes:only_when"))}
      problem={problem("when", "wanted")}
      sample={null}
    />
  );
}

export function Notify(props: FieldsProps) {
  const { node, form, set, problem } = props;
  const { t } = useTranslation();
  const templates = useDefined("template");
  return (
    <>
      <WhoField
        outside
        id="flow-to"
        label={t("flow:to")}
        value={node.to}
        form={form}
        problem={problem("to", "who", "named")}
        onChange={(to) => set({ to }, t("flow:to"))}
      />
      <Pick
        id="flow-template"
        label={t("flow:template")}
        value={node.template}
        choices={templates}
        hint={t("flow:template_hint")}
        problem={problem("template")}
        onChange={(template) => set({ template }, t("flow:template"))}
      />
      <When {...props} />
      <Line id="flow-late" label={t("flow:late_limit")}>
        <span className="flow-line">
          <InputNumber
            id="flow-late"
            min={0}
            max={365}
            placeholder={t("flow:late_limit_none")}
            value={typeof node.limit_days === "number" ? node.limit_days : null}
            onChange={(v) => set({ limit_days: v === null ? undefined : Number(v) }, t("flow:late_limit"))}
          />
          <span>{t("flow:unit_days")}</span>
        </span>
      </Line>
    </>
  );
}

const valueProblems = (node: NodeTree, problem: FieldsProps["problem"]) =>
  Object.keys((node.set as object | undefined) ?? {}).flatMap((key) => {
    const found = problem(`set.${key}`);
    return found ? [{ key, problem: found }] : [];
  });

export function Update(props: FieldsProps) {
  const { node, tree, form, set, problem } = props;
  const { t } = useTranslation();
  const forms = useForms();
  const relations = useFieldChoices(form, (f) => f.kind === "relation");
  const target = text(node.record)
    .split(".")
    .filter(Boolean)
    .reduce((key, step) => forms.find((f) => f.key === key)?.fields.find((f) => f.key === step)?.to ?? key, tree.form);
  return (
    <>
      <Pick
        id="flow-record"
        label={t("flow:which_record")}
        value={text(node.record) || "."}
        choices={[{ value: ".", label: t("flow:own_record") }, ...relations]}
        problem={problem("record", "target_id")}
        onChange={(v) => set({ record: v === "." ? "" : v, set: {} }, t("flow:which_record"))}
      />
      <h3>{t("processes:writes")}</h3>
      <ValuesField
        id="flow-set"
        values={(node.set as Record<string, unknown> | undefined) ?? {}}
        target={target}
        source={tree.form}
        problems={valueProblems(node, problem)}
        onChange={(values) => set({ set: values }, t("processes:writes"))}
      />
      <When {...props} />
    </>
  );
}

export function Create({ node, tree, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const made = forms.find((f) => f.key === node.form);
  const values = (node.set as Record<string, unknown> | undefined) ?? {};
  return (
    <>
      <Pick
        id="flow-form"
        label={t("flow:which_form")}
        value={node.form}
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
          <h3>{t("processes:writes")}</h3>
          <ValuesField
            id="flow-set"
            values={values}
            target={made.key}
            source={tree.form}
            problems={valueProblems(node, problem)}
            onChange={(set_) => set({ set: set_ }, t("processes:writes"))}
          />
          <Line id="flow-match" label={t("flow:match")} problem={problem("match")}>
            <Select
              id="flow-match"
              mode="multiple"
              value={(Array.isArray(node.match) ? node.match : []).map(String)}
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
