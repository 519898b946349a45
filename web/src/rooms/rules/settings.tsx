/** 4 多久一次 and 5 其他设置. */
import { DatePicker, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { Line, Toggle } from "@/rooms/forms/lines";
import { Pick, useDefined, useFieldChoices, WhoField } from "@/rooms/processes/flow_parts";
import { againOf, isActive, isDated, put, type RuleTree, SEVERITIES, type Severity, severityOf } from "./model";
import { DatePath, type Props, Sentence } from "./parts";
import { SeverityChip } from "./severity";

type Again = "clear" | "cycle" | "once";

export function AgainSentence({ tree, form, act, problem }: Props) {
  const { t } = useTranslation();
  const again = againOf(tree);
  return (
    <Sentence n={4} title={t("rules:sentence_4")}>
      {isDated(tree) ? (
        <p className="grey">{t("rules:again_offsets")}</p>
      ) : (
        <>
          <Select
            aria-label={t("rules:sentence_4")}
            value={again}
            options={(["clear", "cycle", "once"] as const).map((value) => ({
              value,
              label: t(`rules:again_${value}`),
            }))}
            onChange={(next: Again) =>
              act(t("rules:sentence_4"), (old) =>
                put(old, {
                  again: next === "clear" ? undefined : next,
                  cycle: next === "cycle" ? old.cycle : undefined,
                }),
              )
            }
          />
          {again === "cycle" && (
            <DatePath
              clear
              id="rule-cycle"
              label={t("rules:cycle")}
              hint={t("rules:cycle_none")}
              value={tree.cycle ?? ""}
              form={form}
              problem={problem("cycle")}
              onChange={(cycle) => act(t("rules:cycle"), (old) => put(old, { cycle }), "cycle")}
            />
          )}
        </>
      )}
    </Sentence>
  );
}

export function SettingsSentence({ tree, form, act, problem }: Props) {
  const { t } = useTranslation();
  const templates = useDefined("template");
  const relations = useFieldChoices(form, (f) => f.kind === "relation");
  const set = (what: string, values: { [K in keyof RuleTree]?: RuleTree[K] | undefined }, place?: string) =>
    act(what, (old) => put(old, values), place);
  return (
    <Sentence n={5} title={t("rules:sentence_5")} problem={problem("=active", "=from", "=until", "=severity")}>
      <Toggle
        label={t("rules:active")}
        note={t("rules:active_note")}
        value={isActive(tree)}
        onChange={(on) => set(t(on ? "rules:state_on" : "rules:state_off"), { active: on ? undefined : false })}
      />
      <div className="rule-pair">
        <Line id="rule-severity" label={t("rules:severity")}>
          <Select
            id="rule-severity"
            value={severityOf(tree)}
            options={SEVERITIES.map((value) => ({ value, label: <SeverityChip value={value} /> }))}
            onChange={(next: Severity) => set(t("rules:severity"), { severity: next === "warn" ? undefined : next })}
          />
        </Line>
        <Line id="rule-escalate" label={t("rules:escalate")} problem={problem("escalate_workdays")}>
          <InputNumber
            id="rule-escalate"
            min={1}
            max={365}
            suffix={t("rules:unit_workdays")}
            placeholder={t("rules:escalate_never")}
            value={tree.escalate_workdays || null}
            onChange={(n) =>
              set(t("rules:escalate"), { escalate_workdays: n ? Number(n) : undefined }, "escalate_workdays")
            }
          />
        </Line>
      </div>
      <WhoField
        above
        id="rule-owner"
        label={t("rules:owner_of_alert")}
        value={tree.owner ?? { field: form?.owner ?? "" }}
        form={form}
        problem={problem("owner")}
        onChange={(owner) => set(t("rules:owner_of_alert"), { owner })}
      />
      <div className="labelled">
        <span className="grey-2">{t("rules:period")}</span>
        <DatePicker.RangePicker
          aria-label={t("rules:period")}
          allowEmpty={[true, true]}
          placeholder={[t("rules:period_from"), t("rules:period_until")]}
          value={[tree.from ? dayjs(tree.from) : null, tree.until ? dayjs(tree.until) : null]}
          onChange={(range) =>
            set(t("rules:period"), {
              from: range?.[0]?.format("YYYY-MM-DD"),
              until: range?.[1]?.format("YYYY-MM-DD"),
            })
          }
        />
      </div>
      <details className="rule-more" open={Boolean(problem("gap", "hold_by"))}>
        <summary>{t("rules:more_settings")}</summary>
        <Line id="rule-label" label={t("rules:name")} problem={problem("label")}>
          <Input
            id="rule-label"
            maxLength={60}
            value={tree.label}
            onChange={(e) => set(t("rules:name"), { label: e.target.value || " " }, "label")}
          />
        </Line>
        <Line id="rule-label-en" label={t("rules:label_en")}>
          <Input
            id="rule-label-en"
            lang="en"
            maxLength={80}
            value={tree.label_en ?? ""}
            onChange={(e) => set(t("rules:label_en"), { label_en: e.target.value }, "label_en")}
          />
        </Line>
        <Line id="rule-about" label={t("rules:about")}>
          <Input.TextArea
            id="rule-about"
            autoSize={{ minRows: 2, maxRows: 6 }}
            maxLength={500}
            value={tree.about ?? ""}
            onChange={(e) => set(t("rules:about"), { about: e.target.value }, "about")}
          />
        </Line>
        <Pick
          clear
          id="rule-gap"
          label={t("rules:gap")}
          value={tree.gap}
          choices={templates}
          hint={t("rules:gap_none")}
          problem={problem("gap")}
          onChange={(gap) => set(t("rules:gap"), { gap })}
        />
        <Line id="rule-hold" label={t("rules:hold_by")} problem={problem("hold_by")}>
          <Select
            id="rule-hold"
            mode="multiple"
            value={tree.hold_by ?? []}
            placeholder={t("rules:hold_by_none")}
            options={[
              ...relations,
              ...(tree.hold_by ?? [])
                .filter((path) => !relations.some((one) => one.value === path))
                .map((path) => ({ value: path, label: path })),
            ]}
            onChange={(hold_by: string[]) => set(t("rules:hold_by"), { hold_by: hold_by.length ? hold_by : undefined })}
          />
        </Line>
      </details>
    </Sentence>
  );
}
