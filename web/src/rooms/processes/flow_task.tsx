/** What a task needs to know: who does it and until when, what is filled in, how it can end. */
import { Button, Input, InputNumber, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { FormulaField } from "@/rooms/forms/formula_field";
import { Line, Toggle } from "@/rooms/forms/lines";
import type { FieldsProps } from "./flow_fields";
import { FillField } from "./flow_fill";
import { FindField, freshFind } from "./flow_find";
import { Pick, WhoField, type WhoTree } from "./flow_parts";
import { nodesOf } from "./flow_tree";
import { Duration } from "./flow_wait";

const text = (value: unknown) => (typeof value === "string" ? value : "");
const rows = (value: unknown) => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);

export function Task(props: FieldsProps) {
  const { t } = useTranslation();
  const { node, form, set, problem } = props;
  const outcomes = rows(node.outcomes);
  const fresh = () => {
    let n = 1;
    while (outcomes.some((o) => o.key === `outcome_${n}`)) n++;
    return { key: `outcome_${n}`, label: t("flow:outcome_n", { n: outcomes.length + 1 }) };
  };
  return (
    <>
      <Doers {...props} />
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
          <Toggle
            label={t("flow:take_back")}
            note={t("flow:take_back_note")}
            value={Boolean(one.take_back)}
            onChange={(v) => set({ [`outcomes.${i}.take_back`]: v || undefined }, t("flow:take_back"))}
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
      <More {...props} />
    </>
  );
}

/** One who does it, or several who each do it. */
function Doers({ node, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const several = Array.isArray(node.who) ? (node.who as WhoTree[]) : null;
  const all = several ?? [(node.who as WhoTree | undefined) ?? {}];
  const put = (next: WhoTree[]) =>
    set(next.length > 1 ? { who: next } : { who: next[0], need: undefined }, t("flow:who"));
  return (
    <>
      {all.map((one, i) => (
        // a person in the row has no key of their own
        <div key={`who${i}`} className={several ? "flow-part" : ""}>
          <WhoField
            id={several ? `flow-who-${i}` : "flow-who"}
            label={several ? `${t("flow:who")} ${i + 1}` : t("flow:who")}
            value={one}
            form={form}
            problem={several ? problem(`who[${i}]`, i ? `named_${i}` : "named") : problem("who", "named")}
            onChange={(who) => put(all.map((w, n) => (n === i ? who : w)))}
          />
          {several && (
            <Button size="small" type="text" onClick={() => put(all.filter((_, n) => n !== i))}>
              {t("flow:remove_slot")}
            </Button>
          )}
        </div>
      ))}
      {SEVERAL && (
        <Button size="small" icon={<Icon name="plus" size={13} />} onClick={() => put([...all, { role: "" }])}>
          {t("flow:add_doer")}
        </Button>
      )}
      {several && (
        <Line id="flow-need" label={t("flow:need_doers")} problem={problem("need")}>
          <InputNumber
            id="flow-need"
            min={1}
            max={several.length}
            placeholder={t("flow:need_all")}
            value={node.need ? Number(node.need) : null}
            onChange={(v) => set({ need: v ? Number(v) : undefined }, t("flow:need_doers"))}
          />
        </Line>
      )}
    </>
  );
}

/** What few tasks need. */
function More({ node, tree, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const groups = [...new Set(nodesOf(tree).map((n) => text(n.critical)))].filter(Boolean);
  const first = rows(node.fill).length === 0 && Array.isArray(node.fill) ? String(node.fill[0] ?? "") : "";
  const files = (form?.fields ?? []).filter((f) => f.kind === "attachment");
  return (
    <details className="flow-more" open={Boolean(node.title || node.critical || node.propose || node.seal)}>
      <summary>{t("flow:approval_more")}</summary>
      <FormulaField
        id="flow-title"
        label={t("flow:attr_title")}
        tree={{ form: tree.form }}
        value={text(node.title)}
        onChange={(title) => set({ title }, t("flow:attr_title"))}
        problem={problem("title")}
        sample={null}
      />
      <Line id="flow-critical" label={t("flow:attr_critical")} problem={problem("critical")}>
        <Input
          id="flow-critical"
          list="flow-critical-known"
          value={text(node.critical)}
          placeholder={t("flow:critical_hint")}
          onChange={(e) => set({ critical: e.target.value.trim() }, t("flow:attr_critical"))}
        />
        <datalist id="flow-critical-known">
          {groups.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <span className="grey small">{t("flow:critical_note")}</span>
      </Line>
      {SEALS && (
        <>
          <Pick
            clear
            id="flow-seal"
            label={t("flow:attr_seal")}
            value={node.seal}
            choices={files.map((f) => ({ value: f.key, label: f.label }))}
            hint={t("flow:seal_hint")}
            problem={problem("seal")}
            onChange={(seal) => set({ seal }, t("flow:attr_seal"))}
          />
          {text(node.seal) && <span className="grey small">{t("flow:seal_note")}</span>}
        </>
      )}
      <Toggle
        label={t("flow:propose")}
        note={t("flow:propose_note")}
        value={Boolean(node.propose)}
        onChange={(v) =>
          set(
            { propose: v ? freshFind(form?.fields.find((f) => f.key === first)?.to ?? tree.form) : undefined },
            t("flow:propose"),
          )
        }
      />
      {Boolean(node.propose) && (
        <FindField
          id="flow-propose"
          value={node.propose}
          form={form}
          problem={problem("propose")}
          onChange={(propose) => set({ propose }, t("flow:propose"))}
        />
      )}
    </details>
  );
}

/** Parts of the engine that these need. */
const SEVERAL = true;
const SEALS = true;
