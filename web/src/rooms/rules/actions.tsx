/** 3 做什么: the actions in their order, each told in a line and opened to be changed. */
import { Button, Dropdown, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { ConditionField } from "@/rooms/forms/condition_field";
import { ActionFields } from "./action_fields";
import {
  ACTIONS,
  type ActionKind,
  actionSet,
  actionsOf,
  freshAction,
  isDated,
  moved,
  offsetOf,
  offsetSet,
  type Place,
  put,
  SEVERITIES,
  type Severity,
  type StepTree,
  stepAdded,
  stepSet,
  withActions,
} from "./model";
import { Clock, type Props, Sentence } from "./parts";
import { lookOf, useRuleWords } from "./words";

/** Which action stands open: "place.at". */
export type Opened = string | null;
export const openedKey = (place: Place, at: number) => `${place ?? ""}.${at}`;

export function DoSentence(props: Props & { opened: Opened; open: (key: Opened) => void }) {
  const { tree, act } = props;
  const { t } = useTranslation();
  return (
    <Sentence
      n={3}
      title={t("rules:sentence_3")}
      hint={t(isDated(tree) ? "rules:hint_3_dated" : "rules:hint_3")}
      problem={props.problem("=steps", "=actions")}
    >
      {isDated(tree) ? (
        <>
          {(tree.steps ?? []).map((step, at) => (
            <StepBlock key={step.key} {...props} step={step} at={at} />
          ))}
          <Button
            size="small"
            type="dashed"
            icon={<Icon name="plus" size={14} />}
            onClick={() => act(t("rules:step_add_offset"), stepAdded)}
          >
            {t("rules:add_offset")}
          </Button>
        </>
      ) : (
        <ActionList {...props} place={null} />
      )}
    </Sentence>
  );
}

type Way = "before" | "on" | "after";
const wayOf = (offset: number): Way => (offset < 0 ? "before" : offset > 0 ? "after" : "on");

/** One offset of the date: how far before or after, its own condition, what is done. */
function StepBlock(props: Props & { step: StepTree; at: number; opened: Opened; open: (key: Opened) => void }) {
  const { step, at, tree, form, act, problem } = props;
  const { t } = useTranslation();
  const words = useRuleWords(tree.form);
  const [narrow, setNarrow] = useState(false);
  const offset = offsetOf(step);
  const unit = step.workdays === undefined ? "days" : "workdays";
  const way = wayOf(offset);
  const name = step.label || words.offset(step);
  const set = (change: (old: StepTree) => StepTree, place?: string) =>
    act(t("rules:step_offset", { name }), (old) => stepSet(old, at, change), place && `${at}.${place}`);
  const to = (next: Way, n: number) =>
    set((old) => offsetSet(old, next === "on" ? 0 : next === "before" ? -n : n, unit));
  return (
    <section className="rule-step" aria-label={name} data-step={at}>
      <div className="rule-line">
        <Select
          aria-label={t("rules:before_or_after")}
          className="rule-way"
          value={way}
          options={(["before", "on", "after"] as const).map((value) => ({ value, label: t(`rules:way_${value}`) }))}
          onChange={(next: Way) => to(next, Math.abs(offset) || 1)}
        />
        {way !== "on" && (
          <>
            <InputNumber
              aria-label={t("rules:how_far")}
              className="rule-far"
              min={1}
              max={3650}
              value={Math.abs(offset)}
              onChange={(n) =>
                set((old) => offsetSet(old, (way === "before" ? -1 : 1) * Number(n ?? 1), unit), "offset")
              }
            />
            <Select
              aria-label={t("rules:unit")}
              className="rule-unit"
              value={unit}
              options={(["days", "workdays"] as const).map((value) => ({ value, label: t(`rules:unit_${value}`) }))}
              onChange={(next: "days" | "workdays") => set((old) => offsetSet(old, offset, next))}
            />
          </>
        )}
        <Clock
          id={`rule-step-at-${at}`}
          label={t("flow:time")}
          value={step.at}
          onChange={(time) => set((old) => ({ ...old, at: time }), "at")}
        />
        <Select
          aria-label={t("rules:severity")}
          className="rule-severity"
          value={step.severity ?? "as"}
          options={[
            { value: "as", label: t("rules:severity_as") },
            ...SEVERITIES.map((value) => ({ value, label: t(`rules:severity_${value}`) })),
          ]}
          onChange={(next: Severity | "as") => set((old) => put(old, { severity: next === "as" ? undefined : next }))}
        />
        <Dropdown
          trigger={["click"]}
          menu={{
            items: [
              ...(step.condition || narrow ? [] : [{ key: "narrow", label: t("rules:narrow_step") }]),
              ...((tree.steps ?? []).length > 1
                ? [{ key: "remove", label: t("rules:remove_step"), danger: true }]
                : []),
            ],
            onClick: ({ key }) => {
              if (key === "narrow") setNarrow(true);
              else
                act(t("rules:step_remove", { name }), (old) => ({
                  ...old,
                  steps: (old.steps ?? []).filter((_, n) => n !== at),
                }));
            },
          }}
        >
          <button type="button" className="icon-button" aria-label={t("rules:more_of", { name })}>
            <Icon name="more" size={16} />
          </button>
        </Dropdown>
      </div>
      {(step.condition || narrow) && (
        <ConditionField
          id={`rule-step-when-${at}`}
          label={t("processes:only_when")}
          tree={{ form: tree.form }}
          value={step.condition ?? ""}
          onChange={(condition) => set((old) => put(old, { condition }), "condition")}
          problem={problem(`steps[${at}].condition`)}
          sample={null}
        />
      )}
      <ActionList {...props} form={form} place={at} />
    </section>
  );
}

function ActionList({ place, ...props }: Props & { place: Place; opened: Opened; open: (key: Opened) => void }) {
  const { tree, form, act, problem, opened, open } = props;
  const { t } = useTranslation();
  const words = useRuleWords(tree.form);
  const list = actionsOf(tree, place);
  const path = place === null ? "actions" : `steps[${place}].actions`;
  const add = (kind: ActionKind) => {
    const fresh = freshAction(kind, { task: t("rules:new_task") }, form?.owner ?? "");
    act(t("rules:step_add", { name: t(`rules:action_${kind}`) }), (old) =>
      withActions(old, place, (all) => [...all, fresh]),
    );
    open(openedKey(place, list.length));
  };
  return (
    <>
      {list.length > 0 && (
        <ol className="rule-actions">
          {list.map((one, at) => {
            const { title, fact } = words.action(one);
            const { icon, colour } = lookOf(one.kind);
            const key = openedKey(place, at);
            const on = opened === key;
            const wrong = problem(`${path}[${at}]`);
            const change = (name: string, next: (all: typeof list) => typeof list) =>
              act(t(name, { name: title }), (old) => withActions(old, place, next));
            return (
              <li key={at} className={wrong ? "rule-action rule-action-wrong" : "rule-action"} data-action={key}>
                <div className="row">
                  <span className="rule-action-icon" style={{ background: colour }}>
                    <Icon name={icon} size={15} />
                  </span>
                  <button
                    type="button"
                    className="bare spread cut"
                    aria-expanded={on}
                    onClick={() => open(on ? null : key)}
                  >
                    <b className="cut">{title}</b>
                    {fact && <span className="grey small cut">{fact}</span>}
                  </button>
                  <Dropdown
                    trigger={["click"]}
                    menu={{
                      items: [
                        { key: "up", label: t("rules:move_up"), disabled: at === 0 },
                        { key: "down", label: t("rules:move_down"), disabled: at === list.length - 1 },
                        { key: "remove", label: t("rules:remove"), danger: true },
                      ],
                      onClick: ({ key: what }) => {
                        open(null);
                        if (what === "remove") change("rules:step_remove", (all) => all.filter((_, n) => n !== at));
                        else change("rules:step_move", (all) => moved(all, at, what === "up" ? -1 : 1));
                      },
                    }}
                  >
                    <button type="button" className="icon-button" aria-label={t("rules:more_of", { name: title })}>
                      <Icon name="more" size={16} />
                    </button>
                  </Dropdown>
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={t("rules:change_name", { name: title })}
                    aria-expanded={on}
                    onClick={() => open(on ? null : key)}
                  >
                    <Icon name={on ? "up" : "edit"} size={16} />
                  </button>
                </div>
                {wrong && !on && <p className="field-error small">{wrong.text}</p>}
                {on && (
                  <ActionFields
                    id={`act-${place ?? "r"}-${at}`}
                    one={one}
                    tree={tree}
                    form={form}
                    problem={(...names) => problem(...names.map((name) => `${path}[${at}].${name}`))}
                    set={(values, what) =>
                      act(
                        t("rules:step_change", { name: title, what }),
                        (old) => actionSet(old, place, at, values),
                        `${key}.${Object.keys(values).join()}`,
                      )
                    }
                  />
                )}
              </li>
            );
          })}
        </ol>
      )}
      <Dropdown
        trigger={["click"]}
        menu={{
          items: ACTIONS.map((kind) => ({
            key: kind,
            label: t(`rules:action_${kind}`),
            icon: <Icon name={lookOf(kind).icon} size={15} />,
          })),
          onClick: ({ key }) => add(key as ActionKind),
        }}
      >
        <Button size="small" icon={<Icon name="plus" size={14} />} className="rule-add">
          {t("rules:add_action")}
        </Button>
      </Dropdown>
    </>
  );
}
