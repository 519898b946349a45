/** What each kind of step needs to know, in business words. One entry per kind; another kind shows name, note and ways. */
import { InputNumber, Segmented, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DesignProblem } from "@/rooms/design";
import { type Form, useLabel } from "@/rooms/forms";
import { Line, Toggle } from "@/rooms/forms/lines";
import { Create, Notify, Update } from "./flow_acts";
import { Approval } from "./flow_approval";
import { Sub, Webhook } from "./flow_calls";
import { Cases } from "./flow_cases";
import { Pick } from "./flow_parts";
import { Task } from "./flow_task";
import { type NodeTree, nodesOf, type ProcessTree, type StartTree } from "./flow_tree";
import { Wait } from "./flow_wait";

export interface FieldsProps {
  node: NodeTree | StartTree;
  tree: ProcessTree;
  form: Form | undefined;
  /** attributes by their paths, as one step; '' and undefined take away */
  set: (values: Record<string, unknown>, what: string) => void;
  /** what is wrong at an attribute, by its path within the node */
  problem: (...attributes: string[]) => DesignProblem | null;
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
  sub: Sub,
  webhook: Webhook,
};

export function NodeFields(props: FieldsProps) {
  const { t } = useTranslation();
  const Own = FIELDS[props.node.kind];
  return Own ? <Own {...props} /> : <p className="grey small">{t("flow:other_kind")}</p>;
}
