/** What a wait needs to know: until a date, for a while, or until a condition holds. */
import { Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useForms, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line, Toggle } from "@/rooms/forms/lines";
import { HookAddress } from "./flow_addresses";
import type { FieldsProps } from "./flow_fields";
import { DateField, isDate, Pick, TimeField, useFieldChoices } from "./flow_parts";

const text = (value: unknown) => (typeof value === "string" ? value : "");

export function Wait({ node, tree, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const way = ["until", "met", "arrives", "hook"].find((name) => name in node) ?? "lasting";
  const none = {
    until: undefined, at: undefined, days: undefined, workdays: undefined, met: undefined, limit_days: undefined,
    limit_workdays: undefined, on_limit: undefined, arrives: undefined, hook: undefined, since: undefined,
  }; // biome-ignore format: attributes of the three ways
  const dates = useFieldChoices(form, isDate);
  const comers = useComers(tree.form);
  const first = comers[0];
  const fresh: Record<string, Record<string, unknown>> = {
    until: { until: dates[0]?.value ?? "TODAY()", at: "09:00" },
    lasting: { days: 1 },
    met: { met: "TRUE", limit_days: 30 },
    arrives: { arrives: first ? { form: first.form, by: first.by } : { form: "", by: "" }, limit_days: 30 },
    hook: { hook: "answered", limit_days: 30 },
  };
  const arrives = (node.arrives ?? {}) as { form?: string; by?: string; when?: string };
  const unit = "workdays" in node || "limit_workdays" in node ? "workdays" : "days";
  if (Array.isArray(node.ways)) return <p className="grey small">{t("flow:wait_ways")}</p>;
  return (
    <>
      <Pick
        id="flow-wait-for"
        label={t("flow:wait_for")}
        value={way}
        choices={WAITS.map((value) => ({ value, label: t(`flow:wait_${value}`) }))}
        onChange={(v) => set({ ...none, ...fresh[v] }, t("flow:wait_for"))}
      />
      {way === "until" && (
        <>
          <DateField
            id="flow-until"
            label={t("flow:wait_until")}
            value={text(node.until)}
            form={form}
            problem={problem("until")}
            onChange={(until) => set({ until }, t("flow:wait_until"))}
          />
          <TimeField id="flow-at" value={node.at} onChange={(time) => set({ at: time }, t("flow:time"))} />
        </>
      )}
      {way === "lasting" && (
        <Duration
          id="flow-lasting"
          label={t("flow:wait_lasting")}
          unit={unit}
          value={Number(node[unit] ?? 1)}
          onChange={(n, u) => set({ days: undefined, workdays: undefined, [u]: n }, t("flow:wait_lasting"))}
        />
      )}
      {way === "met" && (
        <ConditionField
          id="flow-met"
          label={t("flow:wait_met")}
          tree={{ form: tree.form }}
          value={text(node.met)}
          empty="TRUE"
          onChange={(met) => set({ met }, t("flow:wait_met"))}
          problem={problem("met")}
          sample={null}
        />
      )}
      {way === "arrives" && (
        <>
          <Pick
            id="flow-arrives"
            label={t("flow:arrives_what")}
            value={arrives.form ? `${arrives.form}:${arrives.by}` : ""}
            choices={comers.map((c) => ({ value: `${c.form}:${c.by}`, label: c.label }))}
            problem={problem("arrives")}
            onChange={(v) => {
              const [of, by] = v.split(":");
              set({ arrives: { form: of, by } }, t("flow:arrives_what"));
            }}
          />
          {arrives.form && (
            <ConditionField
              id="flow-arrives-when"
              label={t("flow:arrives_when")}
              tree={{ form: arrives.form }}
              value={text(arrives.when)}
              onChange={(when) => set({ "arrives.when": when }, t("flow:arrives_when"))}
              problem={problem("arrives.when")}
              sample={null}
            />
          )}
        </>
      )}
      {way === "hook" && (
        <Line id="flow-hook" label={t("flow:attr_hook")} problem={problem("hook")}>
          <Input
            id="flow-hook"
            value={text(node.hook)}
            onChange={(e) => set({ hook: e.target.value.trim() }, t("flow:attr_hook"))}
          />
          <span className="grey small">{t("flow:hook_note")}</span>
          <HookAddress process={tree.process} name={text(node.hook)} />
        </Line>
      )}
      {(way === "arrives" || way === "hook") && (
        <Toggle
          label={t("flow:since_start")}
          note={t("flow:since_start_note")}
          value={node.since === "start"}
          onChange={(v) => set({ since: v ? "start" : undefined }, t("flow:since_start"))}
        />
      )}
      {(way === "met" || way === "arrives" || way === "hook") && (
        <>
          <Toggle
            label={t("flow:limit")}
            note={t("flow:limit_note")}
            value={Boolean(node.limit_days || node.limit_workdays)}
            onChange={(v) =>
              set(
                v ? { limit_days: 30 } : { limit_days: undefined, limit_workdays: undefined, on_limit: undefined },
                t("flow:limit"),
              )
            }
          />
          {Boolean(node.limit_days || node.limit_workdays) && (
            <Duration
              id="flow-limit"
              label={t("flow:limit")}
              unit={unit}
              value={Number(node[`limit_${unit}`] ?? 30)}
              onChange={(n, u) =>
                set({ limit_days: undefined, limit_workdays: undefined, [`limit_${u}`]: n }, t("flow:limit"))
              }
            />
          )}
        </>
      )}
    </>
  );
}

/** Records of another form that lead to this one, by which relation. */
function useComers(form: string): { form: string; by: string; label: string }[] {
  const forms = useForms();
  const label = useLabel();
  return forms.flatMap((other) =>
    other.fields
      .filter((f) => f.kind === "relation" && f.to === form)
      .map((f) => ({ form: other.key, by: f.key, label: `${label(other)} · ${label(f)}` })),
  );
}

const WAITS = ["until", "lasting", "met", "arrives", "hook"];

export function Duration({
  id,
  label,
  value,
  unit,
  onChange,
}: {
  id: string;
  label: string;
  value: number;
  unit: string;
  onChange: (n: number, unit: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <Line id={id} label={label}>
      <span className="flow-line">
        <InputNumber id={id} min={1} max={3650} value={value} onChange={(v) => onChange(Number(v ?? 1), unit)} />
        <Select
          aria-label={t("flow:unit")}
          value={unit}
          options={["days", "workdays"].map((u) => ({ value: u, label: t(`flow:unit_${u}`) }))}
          onChange={(u) => onChange(value, u)}
        />
      </span>
    </Line>
  );
}
