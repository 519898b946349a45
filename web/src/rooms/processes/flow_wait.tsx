/** What a wait needs to know: until a date, for a while, or until a condition holds. */
import { InputNumber, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line, Toggle } from "@/rooms/forms/lines";
import type { FieldsProps } from "./flow_fields";
import { DateField, isDate, TimeField, useFieldChoices } from "./flow_parts";

const text = (value: unknown) => (typeof value === "string" ? value : "");

export function Wait({ node, tree, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const way = "until" in node ? "until" : "met" in node ? "met" : "lasting";
  const none = {
    until: undefined, at: undefined, days: undefined, workdays: undefined, met: undefined, limit_days: undefined,
    limit_workdays: undefined, on_limit: undefined,
  }; // biome-ignore format: attributes of the three ways
  const dates = useFieldChoices(form, isDate);
  const unit = "workdays" in node || "limit_workdays" in node ? "workdays" : "days";
  if (Array.isArray(node.ways)) return <p className="grey small">{t("flow:wait_ways")}</p>;
  return (
    <>
      <Segmented
        block
        value={way}
        options={["until", "lasting", "met"].map((value) => ({ value, label: t(`flow:wait_${value}`) }))}
        onChange={(v) =>
          set(
            v === "until"
              ? { ...none, until: dates[0]?.value ?? "TODAY()", at: "09:00" }
              : v === "lasting"
                ? { ...none, days: 1 }
                : { ...none, met: "TRUE", limit_days: 30 },
            t("flow:wait_for"),
          )
        }
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
        <>
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
