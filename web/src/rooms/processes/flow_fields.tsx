/** What each kind of step needs to know, in business words. One entry per kind; another kind shows name, note and ways. */
import { Button, Input, InputNumber, Segmented, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { type Form, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line, Toggle } from "@/rooms/forms/lines";
import { Create, Notify, Update } from "./flow_acts";
import { Approval } from "./flow_approval";
import { FillField, Pick, WhoField } from "./flow_parts";
import { type NodeTree, nodesOf, type ProcessTree, type StartTree } from "./flow_tree";
import { Duration, Wait } from "./flow_wait";

export interface FieldsProps {
  node: NodeTree | StartTree;
  tree: ProcessTree;
  form: Form | undefined;
  /** attributes by their paths, as one step; '' and undefined take away */
  set: (values: Record<string, unknown>, what: string) => void;
  /** what is wrong at an attribute, by its path within the node */
  problem: (...attributes: string[]) => DesignProblem | null;
}
const text = (value: unknown) => (typeof value === "string" ? value : "");
const rows = (value: unknown) => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);

function Task({ node, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const outcomes = rows(node.outcomes);
  const fresh = () => {
    let n = 1;
    while (outcomes.some((o) => o.key === `outcome_${n}`)) n++;
    return { key: `outcome_${n}`, label: t("flow:outcome_n", { n: outcomes.length + 1 }) };
  };
  return (
    <>
      <WhoField
        id="flow-who"
        label={t("flow:who")}
        value={node.who}
        form={form}
        problem={problem("who", "named")}
        onChange={(who) => set({ who }, t("flow:who"))}
      />
      <Line id="flow-due" label={t("flow:due")}>
        <span className="flow-line">
          <InputNumber
            id="flow-due"
            min={0}
            max={365}
            value={Number(node.due_workdays ?? 3)}
            onChange={(v) => set({ due_workdays: Number(v ?? 0) }, t("flow:due"))}
          />
          <span>{t("flow:unit_workdays")}</span>
        </span>
      </Line>
      <Line id="flow-priority" label={t("flow:priority")}>
        <Segmented
          block
          value={text(node.priority) || "normal"}
          options={["low", "normal", "high"].map((value) => ({ value, label: t(`flow:priority_${value}`) }))}
          onChange={(v) => set({ priority: v === "normal" ? "" : v }, t("flow:priority"))}
        />
      </Line>
      <FillField
        id="flow-fill"
        label={t("flow:fill")}
        value={node.fill}
        form={form}
        problem={problem("fill")}
        onChange={(fill) => set({ fill: fill.length ? fill : undefined }, t("flow:fill"))}
      />
      <h3>{t("flow:outcomes")}</h3>
      {outcomes.length === 0 && <p className="grey small">{t("flow:outcomes_none")}</p>}
      {outcomes.map((one, i) => (
        <div className="flow-part" key={String(one.key)}>
          <span className="flow-line">
            <Input
              aria-label={t("flow:outcome_n", { n: i + 1 })}
              value={text(one.label)}
              onChange={(e) => set({ [`outcomes.${i}.label`]: e.target.value }, t("flow:outcomes"))}
            />
            <button
              type="button"
              className="icon-button"
              aria-label={t("flow:without", { name: text(one.label) })}
              onClick={() => {
                const left = outcomes.filter((_, n) => n !== i);
                set(left.length ? { outcomes: left } : { outcomes: undefined, next: one.next }, t("flow:outcomes"));
              }}
            >
              <Icon name="close" size={14} />
            </button>
          </span>
          <FillField
            id={`flow-fill-${i}`}
            label={t("flow:fill")}
            value={one.fill}
            form={form}
            problem={null}
            onChange={(fill) => set({ [`outcomes.${i}.fill`]: fill.length ? fill : undefined }, t("flow:fill"))}
          />
        </div>
      ))}
      <Button
        size="small"
        icon={<Icon name="plus" size={13} />}
        onClick={() =>
          outcomes.length
            ? set({ outcomes: [...outcomes, fresh()] }, t("flow:outcomes"))
            : set(
                { outcomes: [{ ...fresh(), ...(node.next ? { next: node.next } : {}) }], next: undefined },
                t("flow:outcomes"),
              )
        }
      >
        {t("flow:add_outcome")}
      </Button>
      <Line id="flow-repeat" label={t("flow:repeat")}>
        <span className="flow-line">
          <InputNumber
            id="flow-repeat"
            min={0}
            max={365}
            value={Number(node.repeat_workdays ?? 0)}
            onChange={(v) => set({ repeat_workdays: v ? Number(v) : undefined }, t("flow:repeat"))}
          />
          <span>{t("flow:repeat_unit")}</span>
        </span>
      </Line>
      <Toggle
        label={t("flow:timeout")}
        note={t("flow:timeout_note")}
        value={Boolean(node.timeout_days || node.timeout_workdays)}
        onChange={(v) =>
          set(
            v
              ? { timeout_workdays: 5 }
              : { timeout_days: undefined, timeout_workdays: undefined, on_timeout: undefined },
            t("flow:timeout"),
          )
        }
      />
      {Boolean(node.timeout_days || node.timeout_workdays) && (
        <Duration
          id="flow-timeout"
          label={t("flow:timeout_after")}
          unit={node.timeout_days ? "days" : "workdays"}
          value={Number(node.timeout_days ?? node.timeout_workdays)}
          onChange={(n, u) =>
            set({ timeout_days: undefined, timeout_workdays: undefined, [`timeout_${u}`]: n }, t("flow:timeout"))
          }
        />
      )}
    </>
  );
}

function Cases({ node, tree, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const cases = rows(node.cases);
  return (
    <>
      <p className="grey small">{t(node.kind === "condition" ? "flow:cases_first" : "flow:cases_each")}</p>
      {cases.map((one, i) => (
        <div className="flow-part" key={i}>
          <span className="flow-line">
            <Input
              aria-label={t("flow:case_label", { n: i + 1 })}
              placeholder={t("flow:slot_cases", { n: i + 1 })}
              value={text(one.label)}
              onChange={(e) => set({ [`cases.${i}.label`]: e.target.value }, t("flow:case_label", { n: i + 1 }))}
            />
            <button
              type="button"
              className="icon-button"
              aria-label={t("flow:without", { name: text(one.label) || t("flow:slot_cases", { n: i + 1 }) })}
              onClick={() => set({ cases: cases.filter((_, n) => n !== i) }, t("flow:cases"))}
            >
              <Icon name="close" size={14} />
            </button>
          </span>
          <ConditionField
            id={`flow-case-${i}`}
            label={t("flow:case_when", { n: i + 1 })}
            tree={{ form: tree.form }}
            value={text(one.when)}
            onChange={(when) => set({ [`cases.${i}.when`]: when }, t("flow:case_when", { n: i + 1 }))}
            problem={problem(`case_${i}`, `cases[${i}]`)}
            sample={null}
          />
          {["exists", "left", "held", "stands"].some((name) => one[name]) && (
            <p className="grey small">{t("flow:case_more")}</p>
          )}
        </div>
      ))}
      <Button
        size="small"
        icon={<Icon name="plus" size={13} />}
        onClick={() => set({ cases: [...cases, {}] }, t("flow:cases"))}
      >
        {t("flow:add_case")}
      </Button>
    </>
  );
}

function Parallel() {
  const { t } = useTranslation();
  return <p className="grey small">{t("flow:parallel_about")}</p>;
}

function Join({ node, tree, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const splits = nodesOf(tree).filter((n) => n.kind === "parallel" || n.kind === "inclusive");
  return (
    <>
      <Pick
        id="flow-of"
        label={t("flow:join_of")}
        value={node.of}
        choices={splits.map((n) => ({ value: n.key, label: label(n) || n.key }))}
        problem={problem("of")}
        onChange={(of) => set({ of }, t("flow:join_of"))}
      />
      <Segmented
        block
        value={node.need ? "some" : "all"}
        options={[
          { value: "all", label: t("flow:join_all") },
          { value: "some", label: t("flow:join_some") },
        ]}
        onChange={(v) =>
          set(v === "all" ? { need: undefined, rest: undefined } : { need: 1, rest: "cancel" }, t("flow:join_need"))
        }
      />
      {Boolean(node.need) && (
        <>
          <Line id="flow-need" label={t("flow:join_need")} problem={problem("need")}>
            <InputNumber
              id="flow-need"
              min={1}
              max={50}
              value={Number(node.need)}
              onChange={(v) => set({ need: Number(v ?? 1) }, t("flow:join_need"))}
            />
          </Line>
          <Toggle
            label={t("flow:join_cancel")}
            note={t("flow:join_cancel_note")}
            value={node.rest !== "absorb"}
            onChange={(v) => set({ rest: v ? "cancel" : "absorb" }, t("flow:join_cancel"))}
          />
        </>
      )}
    </>
  );
}

function End({ node, set }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <Toggle
      label={t("flow:end_all")}
      note={t("flow:end_all_note")}
      value={node.scope === "instance"}
      onChange={(v) => set({ scope: v ? "instance" : "" }, t("flow:end_all"))}
    />
  );
}

/** Whoever stands at one of these steps ends there. */
function Cancel({ node, tree, set }: FieldsProps) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Line id="flow-nodes" label={t("flow:cancel_which")}>
      <Select
        id="flow-nodes"
        mode="multiple"
        value={(Array.isArray(node.nodes) ? node.nodes : []).map(String)}
        placeholder={t("flow:cancel_hint")}
        options={nodesOf(tree)
          .filter((n) => n.key !== node.key)
          .map((n) => ({ value: n.key, label: label(n) || n.key }))}
        onChange={(nodes: string[]) => set({ nodes }, t("flow:cancel_which"))}
      />
    </Line>
  );
}

const FIELDS: Record<string, (props: FieldsProps) => ReactNode> = {
  task: Task,
  approval: Approval,
  cancel: Cancel,
  condition: Cases,
  inclusive: Cases,
  parallel: Parallel,
  join: Join,
  wait: Wait,
  notify: Notify,
  update: Update,
  create: Create,
  end: End,
};

export function NodeFields(props: FieldsProps) {
  const { t } = useTranslation();
  const Own = FIELDS[props.node.kind];
  return Own ? <Own {...props} /> : <p className="grey small">{t("flow:other_kind")}</p>;
}
