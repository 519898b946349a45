import { Input, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, Tabs } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { useForms, useLabel } from "./api";
import { ConditionField } from "./condition_field";
import { DaysLeftField } from "./days_left_field";
import { FieldEditors } from "./field_editors";
import { FieldUses } from "./field_uses";
import {
  type changed,
  type FieldTree,
  type FormTree,
  fieldAt,
  formChanged,
  laidOut,
  layoutOf,
  MOST_COLUMNS,
  optionsOf,
  spotOf,
} from "./form_tree";
import { FormulaField, type Sample } from "./formula_field";
import { hasOptions, ICONS, isLink, mayBeUnique, mayHaveDefault } from "./kinds";
import { Line, Toggle } from "./lines";
import { OptionsEditor } from "./options_editor";

type Tab = "basic" | "rules" | "checks";

export interface FieldActs {
  /** name of the step, the tree after it, and where it was typed */
  act: (name: string, change: (tree: FormTree) => FormTree, place?: string) => void;
  /** of one field, whatever its key has become meanwhile */
  change: (name: string, key: string, patch: Parameters<typeof changed>[2], place: string) => void;
  /** the label is typed: the key follows while nobody has published or chosen it */
  rename: (key: string, label: string) => void;
  rekey: (before: string, after: string) => void;
}

/** What one field is, in business words. */
export function FieldInspector({
  tree,
  field,
  origin,
  published,
  problems,
  sample,
  acts,
}: {
  tree: FormTree;
  field: FieldTree;
  /** of this field and no other, whatever its key becomes */
  origin: string;
  published: boolean;
  problems: DesignProblem[];
  sample: Sample | null;
  acts: FieldActs;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const [tab, setTab] = useState<Tab>("basic");
  const name = label(field) || field.key;
  const set = (patch: Parameters<typeof changed>[2], attribute: string) =>
    acts.change(
      t("forms:step_change", { name, what: t(`forms:attribute_${attribute}`) }),
      field.key,
      patch,
      `${field.key}.${attribute}`,
    );
  const problem = (attribute: string): DesignProblem | null =>
    problems.find((p) => {
      const hit = fieldAt(tree, p.path);
      return p.severity === "error" && hit?.field.key === field.key && hit.attribute === attribute;
    }) ?? null;
  const shared = { tree, sample };
  const tabs = layoutOf(tree);
  const at = spotOf(tabs, field.key);
  const section = at && tabs[at.tab]?.sections[at.section];
  const kind = t(`forms:kind_${field.kind}`);
  const where = section && label(section) ? t("forms:kind_in", { kind, section: label(section) }) : kind;
  const given = field.kind !== "formula" && field.kind !== "auto_number";
  return (
    <div className="inspector">
      <header className="row">
        <span className="inspector-icon">
          <Icon name={ICONS[field.kind]} size={16} />
        </span>
        <div className="cut">
          <h2 className="cut">{name}</h2>
          <p className="grey small cut">{where}</p>
        </div>
      </header>
      <Tabs
        label={t("forms:field")}
        active={tab}
        onChange={(key) => setTab(key as Tab)}
        items={[
          { key: "basic", label: t("forms:tab_basic") },
          { key: "rules", label: t("forms:tab_rules") },
          { key: "checks", label: t("forms:tab_checks") },
        ]}
      />
      {tab === "basic" && (
        <div className="inspector-body">
          <Line id="f-label" label={t("forms:attribute_label")} problem={problem("label")}>
            <Input id="f-label" value={field.label} onChange={(e) => acts.rename(field.key, e.target.value)} />
          </Line>
          <Line id="f-label-en" label={t("forms:attribute_label_en")}>
            <Input
              id="f-label-en"
              value={field.label_en ?? ""}
              onChange={(e) => set({ label_en: e.target.value }, "label_en")}
            />
          </Line>
          <KeyLine
            field={field}
            published={published}
            problem={problem("key")}
            onKey={(k) => acts.rekey(field.key, k)}
          />
          {hasOptions(field.kind) && (
            <OptionsEditor options={optionsOf(field)} onChange={(options) => set({ options }, "options")} />
          )}
          {isLink(field.kind) && (
            <Target tree={tree} field={field} set={set} problem={problem("to") ?? problem("reverse")} />
          )}
          {field.kind === "formula" && (
            <>
              <FormulaField
                key={`${origin}.formula`}
                id="f-formula"
                label={t("forms:attribute_formula")}
                value={field.formula ?? ""}
                onChange={(formula) => set({ formula }, "formula")}
                problem={problem("formula")}
                example={t("forms:formula_hint")}
                {...shared}
              />
              <Line id="f-type" label={t("forms:attribute_type")}>
                <Select
                  id="f-type"
                  value={field.type ?? ""}
                  options={["", "number", "money", "percent"].map((value) => ({
                    value,
                    label: value ? t(`forms:kind_${value}`) : t("forms:type_itself"),
                  }))}
                  onChange={(type) => set({ type }, "type")}
                />
              </Line>
            </>
          )}
          {field.kind === "auto_number" && (
            <Line id="f-pattern" label={t("forms:attribute_pattern")} problem={problem("pattern")}>
              <Input
                id="f-pattern"
                className="mono"
                value={field.pattern ?? ""}
                onChange={(e) => set({ pattern: e.target.value }, "pattern")}
              />
            </Line>
          )}
          {field.kind === "date" && (
            <DaysLeftField tree={tree} field={field} set={set} problem={problem("counts_down_while")} />
          )}
          <Line id="f-note" label={t("forms:attribute_note")}>
            <Input id="f-note" value={field.note ?? ""} onChange={(e) => set({ note: e.target.value }, "note")} />
          </Line>
          <Width tree={tree} field={field} acts={acts} name={name} />
          {given && (
            <Toggle
              label={t("forms:attribute_required")}
              value={field.required ?? false}
              onChange={(required) => set({ required }, "required")}
            />
          )}
          <Toggle
            label={t("forms:on_card")}
            value={tree.card?.includes(field.key) ?? false}
            onChange={(on) =>
              acts.act(t("forms:step_change", { name, what: t("forms:on_card") }), (old) => {
                const others = (old.card ?? []).filter((key) => key !== field.key);
                return formChanged(old, { card: on ? [...others, field.key] : others });
              })
            }
          />
          {mayHaveDefault(field.kind) && (
            <FormulaField
              key={`${origin}.default`}
              id="f-default"
              label={t("forms:attribute_default")}
              value={field.default ?? ""}
              onChange={(text) => set({ default: text }, "default")}
              problem={problem("default")}
              example={t("forms:default_hint")}
              options={optionsOf(field)}
              {...shared}
            />
          )}
          {given && <FieldEditors form={tree.form} field={field.key} />}
        </div>
      )}
      {tab === "rules" && (
        <div className="inspector-body">
          <ConditionField
            key={`${origin}.visible`}
            id="f-visible"
            label={t("forms:attribute_visible_when")}
            value={field.visible_when ?? ""}
            onChange={(text) => set({ visible_when: text }, "visible_when")}
            problem={problem("visible_when")}
            {...shared}
          />
          {given && (
            <>
              <ConditionField
                key={`${origin}.required`}
                id="f-required-when"
                label={t("forms:attribute_required_when")}
                value={field.required_when ?? ""}
                onChange={(text) => set({ required_when: text }, "required_when")}
                problem={problem("required_when")}
                {...shared}
              />
              <ConditionField
                key={`${origin}.read_only`}
                id="f-read-only"
                label={t("forms:attribute_read_only_when")}
                value={field.read_only_when ?? ""}
                onChange={(text) => set({ read_only_when: text }, "read_only_when")}
                problem={problem("read_only_when")}
                {...shared}
              />
            </>
          )}
        </div>
      )}
      {tab === "checks" && (
        <div className="inspector-body">
          {mayBeUnique(field.kind) && (
            <Toggle
              label={t("forms:attribute_unique")}
              value={field.unique ?? false}
              onChange={(unique) => set({ unique }, "unique")}
            />
          )}
          <Toggle
            label={t("forms:attribute_tracked")}
            note={t("forms:tracked_note")}
            value={field.tracked ?? false}
            onChange={(tracked) => set({ tracked }, "tracked")}
          />
          {field.kind === "text" && (
            <Line id="f-format" label={t("forms:attribute_format")}>
              <Select
                id="f-format"
                value={field.format ?? ""}
                options={["", "credit_code", "phone", "mail", "id_number"].map((value) => ({
                  value,
                  label: value ? t(`forms:format_${value}`) : t("forms:format_any"),
                }))}
                onChange={(format) => set({ format }, "format")}
              />
            </Line>
          )}
          <p className="grey small">{t("forms:checks_note")}</p>
        </div>
      )}
      {published && <FieldUses form={tree.form} field={field.key} />}
    </div>
  );
}

function KeyLine({
  field,
  published,
  problem,
  onKey,
}: {
  field: FieldTree;
  published: boolean;
  problem: DesignProblem | null;
  onKey: (key: string) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const take = () => {
    if (text !== null && text !== "") onKey(text);
    setText(null);
  };
  return (
    <Line
      id="f-key"
      problem={problem}
      label={
        <>
          {t("forms:attribute_key")}{" "}
          <span className="grey">{published ? t("forms:key_stays") : t("forms:key_until")}</span>
        </>
      }
    >
      <Input
        id="f-key"
        className="mono"
        disabled={published}
        value={text ?? field.key}
        onChange={(e) => setText(e.target.value.toLowerCase().replace(/[^a-z0-9_]/g, ""))}
        onBlur={take}
        onPressEnter={take}
      />
    </Line>
  );
}

function Target({
  tree,
  field,
  set,
  problem,
}: {
  tree: FormTree;
  field: FieldTree;
  set: (patch: Parameters<typeof changed>[2], attribute: string) => void;
  problem: DesignProblem | null;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const options = forms.map((f) => ({ value: f.key, label: label(f) }));
  if (!forms.some((f) => f.key === tree.form)) options.push({ value: tree.form, label: label(tree) });
  return (
    <>
      <Line id="f-to" label={t("forms:attribute_to")} problem={problem}>
        <Select
          id="f-to"
          value={field.to ?? null}
          placeholder={t("forms:to_hint")}
          options={options}
          onChange={(to) => set({ to }, "to")}
        />
      </Line>
      <Line id="f-reverse" label={t("forms:attribute_reverse")}>
        <Input
          id="f-reverse"
          className="mono"
          placeholder={t("forms:reverse_hint")}
          value={field.reverse ?? ""}
          onChange={(e) => set({ reverse: e.target.value.toLowerCase().replace(/[^a-z0-9_]/g, "") }, "reverse")}
        />
      </Line>
    </>
  );
}

function Width({ tree, field, acts, name }: { tree: FormTree; field: FieldTree; acts: FieldActs; name: string }) {
  const { t } = useTranslation();
  const tabs = layoutOf(tree);
  const at = spotOf(tabs, field.key);
  const section = at && tabs[at.tab]?.sections[at.section];
  const cell = at && section?.cells[at.cell];
  if (!at || !section || !cell || section.columns === 1) return null;
  return (
    <div className="labelled">
      <span className="grey-2">{t("forms:width")}</span>
      <Segmented<number>
        block
        value={Math.min(cell.span, section.columns)}
        options={Array.from({ length: Math.min(section.columns, MOST_COLUMNS) }, (_, i) => ({
          value: i + 1,
          label: t("forms:columns_n", { count: i + 1 }),
        }))}
        onChange={(span) =>
          acts.act(t("forms:step_change", { name, what: t("forms:width") }), (old) =>
            laidOut(old, (all) => {
              const one = all[at.tab]?.sections[at.section]?.cells[at.cell];
              if (one) one.span = span;
            }),
          )
        }
      />
    </div>
  );
}
