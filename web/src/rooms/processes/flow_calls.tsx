/** What steps that reach beyond this record need: other processes of its rows, other programs. */
import { useQuery } from "@tanstack/react-query";
import { Input, InputNumber, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useForms, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line, Toggle } from "@/rooms/forms/lines";
import { processesQuery } from "./api";
import { Signing } from "./flow_addresses";
import type { FieldsProps } from "./flow_fields";
import { Pick, useFieldChoices } from "./flow_parts";
import { ValuesField } from "./flow_values";
import { Duration } from "./flow_wait";

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Another process begins, for each row of a collection, for a record that this one names, or for this one itself. */
export function Sub({ node, tree, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const listed = useQuery(processesQuery).data ?? [];
  const relations = useFieldChoices(form, (f) => f.kind === "relation");
  const how = typeof node.over === "string" ? "each" : typeof node.record === "string" ? "one" : "own";
  const collections = form?.collections ?? [];
  const over = collections.find((c) => c.key === node.over);
  const behind = text(node.record)
    .split(".")
    .filter(Boolean)
    .reduce((key, step) => forms.find((f) => f.key === key)?.fields.find((f) => f.key === step)?.to ?? key, tree.form);
  const target = how === "each" ? over?.form : how === "one" ? behind : tree.form;
  const fits = listed.filter((p) => p.form === target && p.key !== tree.process);
  const timed = Boolean(node.timeout_days || node.timeout_workdays);
  return (
    <>
      <Line id="flow-sub-how" label={t("flow:sub_for")}>
        <Segmented
          block
          value={how}
          options={["each", "one", "own"].map((value) => ({ value, label: t(`flow:sub_${value}`) }))}
          onChange={(v) =>
            set(
              {
                process: undefined, when: undefined, need: undefined,
                over: v === "each" ? collections[0]?.key : undefined,
                record: v === "one" ? relations[0]?.value : undefined,
              }, // biome-ignore format: what belongs together
              t("flow:sub_for"),
            )
          }
        />
      </Line>
      {how === "each" && (
        <Pick
          id="flow-over"
          label={t("flow:attr_over")}
          value={node.over}
          choices={collections.map((c) => ({ value: c.key, label: label(c) }))}
          problem={problem("over")}
          onChange={(key) => set({ over: key, process: undefined, when: undefined }, t("flow:attr_over"))}
        />
      )}
      {how === "one" && (
        <Pick
          id="flow-record"
          label={t("flow:attr_record")}
          value={node.record}
          choices={relations}
          problem={problem("record")}
          onChange={(record) => set({ record, process: undefined }, t("flow:attr_record"))}
        />
      )}
      <Pick
        id="flow-process"
        label={t("flow:attr_process")}
        value={node.process}
        choices={fits.map((p) => ({ value: p.key, label: label(p) }))}
        hint={t(fits.length > 0 ? "flow:sub_hint" : "flow:sub_none")}
        problem={problem("process")}
        onChange={(process) => set({ process }, t("flow:attr_process"))}
      />
      {how === "each" && over && (
        <>
          <ConditionField
            id="flow-when"
            label={t("flow:sub_when")}
            tree={{ form: over.form }}
            value={text(node.when)}
            onChange={(when) => set({ when }, t("flow:sub_when"))}
            problem={problem("when", "wanted")}
            sample={null}
          />
          <Line id="flow-need" label={t("flow:sub_need")} problem={problem("need")}>
            <InputNumber
              id="flow-need"
              min={1}
              max={1000}
              placeholder={t("flow:need_all")}
              value={node.need ? Number(node.need) : null}
              onChange={(v) =>
                set({ need: v ? Number(v) : undefined, ...(!v && { rest: undefined }) }, t("flow:sub_need"))
              }
            />
          </Line>
        </>
      )}
      {(timed || Boolean(node.need)) && (
        <Toggle
          label={t("flow:sub_cancel")}
          note={t("flow:sub_cancel_note")}
          value={node.rest === "cancel"}
          onChange={(v) => set({ rest: v ? "cancel" : undefined }, t("flow:sub_cancel"))}
        />
      )}
      <Toggle
        label={t("flow:timeout")}
        note={t("flow:sub_timeout_note")}
        value={timed}
        onChange={(v) =>
          set(
            v
              ? { timeout_workdays: 5 }
              : { timeout_days: undefined, timeout_workdays: undefined, on_timeout: undefined },
            t("flow:timeout"),
          )
        }
      />
      {timed && (
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

/** Another program is told, with values of the record; it is tried again when it does not answer. */
export function Webhook({ node, tree, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const values = Object.entries((node.set as Record<string, unknown> | undefined) ?? {});
  return (
    <>
      <Line id="flow-url" label={t("flow:attr_url")} problem={problem("url")}>
        <Input
          id="flow-url"
          type="url"
          value={text(node.url)}
          placeholder="https://"
          onChange={(e) => set({ url: e.target.value.trim() }, t("flow:attr_url"))}
        />
        <span className="grey small">{t("flow:webhook_note")}</span>
      </Line>
      <h3>{t("flow:webhook_sends")}</h3>
      <ValuesField
        copies
        id="flow-set"
        values={(node.set as Record<string, unknown> | undefined) ?? {}}
        target={tree.form}
        source={tree.form}
        problems={values.flatMap(([key]) => {
          const found = problem(`set.${key}`);
          return found ? [{ key, problem: found }] : [];
        })}
        onChange={(set_) => set({ set: set_ }, t("flow:webhook_sends"))}
      />
      <Line id="flow-tries" label={t("flow:attr_tries")}>
        <InputNumber
          id="flow-tries"
          min={1}
          max={20}
          value={Number(node.tries ?? 5)}
          onChange={(v) => set({ tries: v === 5 ? undefined : Number(v ?? 5) }, t("flow:attr_tries"))}
        />
      </Line>
      <Signing process={tree.process} />
    </>
  );
}
