/** The ways out of a condition: what must hold for each, of the record and of what happened in the process. */
import { Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line } from "@/rooms/forms/lines";
import type { FieldsProps } from "./flow_fields";
import { FindField, freshFind } from "./flow_find";
import { Pick } from "./flow_parts";
import { nodesOf } from "./flow_tree";

const text = (value: unknown) => (typeof value === "string" ? value : "");
const rows = (value: unknown) => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);
/** what may be asked beside a condition over the record */
const BESIDES = ["exists", "left", "held", "stands"] as const;

export function Cases(props: FieldsProps) {
  const { node, tree, set, problem } = props;
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
            {i > 0 && node.kind === "condition" && (
              <button
                type="button"
                className="icon-button"
                aria-label={t("flow:case_up", { name: text(one.label) || t("flow:slot_cases", { n: i + 1 }) })}
                onClick={() => {
                  const next = [...cases];
                  next.splice(i - 1, 2, one, cases[i - 1] ?? {});
                  set({ cases: next }, t("flow:cases"));
                }}
              >
                <Icon name="up" size={14} />
              </button>
            )}
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
          <Besides {...props} one={one} i={i} />
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

/** What must hold too: another record is there, a message has left, somebody stands somewhere, a hold was on. */
function Besides({ node, tree, form, set, one, i }: FieldsProps & { one: Record<string, unknown>; i: number }) {
  const { t } = useTranslation();
  const label = useLabel();
  const given = BESIDES.filter((name) => one[name]);
  const nodes = nodesOf(tree).filter((n) => n.key !== node.key);
  const named = (list: typeof nodes) => list.map((n) => ({ value: n.key, label: label(n) || n.key }));
  const messages = nodes.filter((n) => n.kind === "notify");
  const fresh: Record<(typeof BESIDES)[number], unknown> = {
    exists: freshFind(tree.form),
    left: messages[0]?.key,
    held: true,
    stands: nodes[0]?.key,
  };
  const put = (name: string, value: unknown) => set({ [`cases.${i}.${name}`]: value }, t(`flow:attr_${name}`));
  const free = BESIDES.filter((name) => !one[name] && fresh[name] !== undefined);
  return (
    <>
      {given.map((name) => (
        <div key={name} className="flow-rows">
          <span className="flow-line">
            <b className="spread">{t(`flow:attr_${name}`)}</b>
            <button
              type="button"
              className="icon-button"
              aria-label={t("flow:without", { name: t(`flow:attr_${name}`) })}
              onClick={() => put(name, undefined)}
            >
              <Icon name="close" size={14} />
            </button>
          </span>
          {name === "exists" && (
            <FindField
              id={`flow-case-${i}-exists`}
              value={one.exists}
              form={form}
              problem={null}
              onChange={(find) => put("exists", find)}
            />
          )}
          {(name === "left" || name === "stands") && (
            <Pick
              bare
              id={`flow-case-${i}-${name}`}
              label={t(`flow:attr_${name}`)}
              value={one[name]}
              choices={named(name === "left" ? messages : nodes)}
              onChange={(key) => put(name, key)}
            />
          )}
          {name === "held" && <span className="grey small">{t("flow:case_held_note")}</span>}
        </div>
      ))}
      {free.length > 0 && (
        <Line id={`flow-case-${i}-besides`} label={t("flow:case_besides")}>
          <Select
            id={`flow-case-${i}-besides`}
            size="small"
            value={null}
            placeholder={t("flow:case_besides_hint")}
            options={free.map((name) => ({ value: name, label: t(`flow:attr_${name}`) }))}
            onChange={(name: (typeof BESIDES)[number] | null) => name && put(name, fresh[name])}
          />
        </Line>
      )}
    </>
  );
}
