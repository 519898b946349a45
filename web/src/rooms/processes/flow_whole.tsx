/** What a start and the process as a whole need to know, in business words. */
import { Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { DesignProblem } from "@/rooms/design";
import { useForm, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { FormulaField } from "@/rooms/forms/formula_field";
import { Line, Toggle } from "@/rooms/forms/lines";
import type { FieldsProps } from "./flow_fields";
import { isDate, isPerson, Pick, TimeField, useFieldChoices } from "./flow_parts";
import { at, nodesOf, type ProcessTree } from "./flow_tree";

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** A start: on which date, or which change; and on what condition. */
export function StartFields({ node, tree, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const dates = useFieldChoices(form, isDate);
  const unit = "workdays" in node ? "workdays" : "days";
  const n = Number(at(node, unit) ?? 0);
  const offset = (count: number, before: boolean, u: string) =>
    set({ days: undefined, workdays: undefined, [u]: before ? -count : count }, t("flow:offset"));
  return (
    <>
      <Pick
        id="flow-start-kind"
        label={t("flow:start_kind")}
        value={node.kind}
        choices={["date", "created", "matched", "hand"].map((value) => ({
          value,
          label: t(`processes:start_${value}`),
        }))}
        onChange={(kind) => {
          const gone = {
            date: undefined, days: undefined, workdays: undefined, at: undefined, late: undefined,
            undone: undefined, touched: undefined,
          }; // biome-ignore format: what other kinds have
          const date = { date: dates[0]?.value, days: -30, at: "09:00" };
          set({ ...gone, ...(kind === "date" && date), kind }, t("flow:start_kind"));
        }}
      />
      {node.kind === "date" && (
        <>
          <Pick
            id="flow-date"
            label={t("flow:date")}
            value={node.date}
            choices={dates}
            problem={problem("date")}
            onChange={(date) => set({ date }, t("flow:date"))}
          />
          <span className="flow-line">
            <Select
              aria-label={t("flow:before_after")}
              value={n > 0 ? "+" : "-"}
              options={[
                { value: "-", label: t("flow:before") },
                { value: "+", label: t("flow:after") },
              ]}
              onChange={(s) => offset(Math.abs(n), s === "-", unit)}
            />
            <InputNumber
              aria-label={t("flow:days")}
              min={0}
              max={3650}
              value={Math.abs(n)}
              onChange={(v) => offset(Number(v ?? 0), n <= 0, unit)}
            />
            <Select
              aria-label={t("flow:unit")}
              value={unit}
              options={["days", "workdays"].map((u) => ({ value: u, label: t(`flow:unit_${u}`) }))}
              onChange={(u) => offset(Math.abs(n), n <= 0, u)}
            />
          </span>
          <TimeField id="flow-at" value={node.at} onChange={(time) => set({ at: time }, t("flow:time"))} />
        </>
      )}
      {node.kind !== "hand" && (
        <ConditionField
          id="flow-when"
          label={t(node.kind === "matched" ? "flow:start_when" : "processes:only_when")}
          tree={{ form: tree.form }}
          value={text(node.when)}
          onChange={(when) => set({ when }, t("processes:only_when"))}
          problem={problem("when")}
          sample={null}
        />
      )}
      {node.kind === "matched" && (
        <>
          <Toggle
            label={t("flow:undone")}
            note={t("flow:undone_note")}
            value={node.undone === "remove"}
            onChange={(v) => set({ undone: v ? "remove" : undefined, touched: undefined }, t("flow:undone"))}
          />
          {node.undone === "remove" && (
            <Pick
              clear
              id="flow-touched"
              label={t("flow:attr_touched")}
              value={node.touched}
              choices={nodesOf(tree).map((n) => ({ value: n.key, label: label(n) || n.key }))}
              hint={t("flow:touched_hint")}
              problem={problem("touched")}
              onChange={(touched) => set({ touched }, t("flow:attr_touched"))}
            />
          )}
        </>
      )}
      {node.kind === "date" && (
        <Toggle
          label={t("flow:late_skip")}
          note={t("flow:late_skip_note")}
          value={node.late === "skip"}
          onChange={(v) => set({ late: v ? "skip" : "" }, t("flow:late_skip"))}
        />
      )}
    </>
  );
}

/** The process as a whole: its names, whom it covers, what ends it. */
export function WholeFields({
  tree,
  set,
  problem,
}: {
  tree: ProcessTree;
  set: (attribute: string, value: unknown, what: string) => void;
  problem: (...attributes: string[]) => DesignProblem | null;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const where = { form: tree.form };
  const form = useForm(tree.form);
  const persons = useFieldChoices(form, isPerson);
  const relations = useFieldChoices(form, (f) => f.kind === "relation");
  const ownerName = persons.find((c) => c.value === form?.owner)?.label;
  const targets = nodesOf(tree).map((n) => ({ value: n.key, label: label(n) || n.key }));
  const condition = (name: "covers" | "cancel_when") => (
    <>
      <ConditionField
        id={`flow-${name}`}
        label={t(`flow:${name}`)}
        tree={where}
        value={text(tree[name])}
        onChange={(v) => set(name, v, t(`flow:${name}`))}
        problem={problem(name)}
        sample={null}
      />
      <p className="grey small">{t(`flow:${name}_note`)}</p>
    </>
  );
  return (
    <>
      <Line id="flow-label" label={t("flow:process_name")} problem={problem("label")}>
        <Input
          id="flow-label"
          value={tree.label}
          onChange={(e) => set("label", e.target.value, t("flow:process_name"))}
        />
      </Line>
      <Line id="flow-label-en" label={t("forms:attribute_label_en")}>
        <Input
          id="flow-label-en"
          value={text(tree.label_en)}
          onChange={(e) => set("label_en", e.target.value, t("forms:attribute_label_en"))}
        />
      </Line>
      <Line id="flow-about" label={t("flow:about")}>
        <Input.TextArea
          id="flow-about"
          autoSize={{ minRows: 2, maxRows: 6 }}
          value={text(tree.about)}
          onChange={(e) => set("about", e.target.value, t("flow:about"))}
        />
      </Line>
      {condition("covers")}
      {condition("cancel_when")}
      {text(tree.cancel_when) && (
        <Pick
          clear
          id="flow-then"
          label={t("flow:then")}
          value={tree.then}
          choices={targets}
          hint={t("flow:end")}
          problem={problem("then")}
          onChange={(then) => set("then", then, t("flow:then"))}
        />
      )}
      <FormulaField
        id="flow-not-before"
        label={t("flow:not_before")}
        tree={where}
        value={text(tree.not_before)}
        onChange={(v) => set("not_before", v, t("flow:not_before"))}
        problem={problem("not_before")}
        sample={null}
      />
      <Pick
        clear
        id="flow-owner"
        label={t("flow:attr_owner")}
        value={tree.owner}
        choices={persons}
        hint={ownerName ? t("flow:owner_default", { name: ownerName }) : t("flow:who_field_hint")}
        problem={problem("owner")}
        onChange={(owner) => set("owner", owner, t("flow:attr_owner"))}
      />
      <Line id="flow-hold-by" label={t("flow:hold_by")} problem={problem("hold_by")}>
        <Select
          id="flow-hold-by"
          mode="multiple"
          value={(Array.isArray(tree.hold_by) ? tree.hold_by : []).map(String)}
          placeholder={t("flow:hold_by_hint")}
          options={relations}
          onChange={(paths: string[]) => set("hold_by", paths.length ? paths : undefined, t("flow:hold_by"))}
        />
        <span className="grey small">{t("flow:hold_by_note")}</span>
      </Line>
      <Line id="flow-same-term" label={t("flow:same_term")} problem={problem("same_term_days")}>
        <span className="flow-line">
          <InputNumber
            id="flow-same-term"
            min={0}
            max={3650}
            value={Number(tree.same_term_days ?? 30)}
            onChange={(v) => set("same_term_days", v === 30 ? undefined : Number(v ?? 30), t("flow:same_term"))}
          />
          <span>{t("flow:unit_days")}</span>
        </span>
        <span className="grey small">{t("flow:same_term_note")}</span>
      </Line>
    </>
  );
}
