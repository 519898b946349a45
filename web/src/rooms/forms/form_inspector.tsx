import { Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { useLabel } from "./api";
import { ConditionField } from "./condition_field";
import { type FormTree, formChanged, laidOut, layoutOf, MOST_COLUMNS, type Section, type Spot } from "./form_tree";
import type { Sample } from "./formula_field";
import type { FieldActs } from "./inspector";
import { Line, Toggle } from "./lines";

/** The form itself: its name, what names a record, what must be unique together, what must hold. */
export function FormInspector({
  tree,
  acts,
  sample,
  problems,
  tab,
}: {
  tree: FormTree;
  acts: FieldActs;
  sample: Sample | null;
  problems: DesignProblem[];
  tab: number;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const set = (patch: Parameters<typeof formChanged>[1], attribute: string) =>
    acts.act(
      t("forms:step_form", { what: t(`forms:attribute_${attribute}`) }),
      (old) => formChanged(old, patch),
      `form.${attribute}`,
    );
  const choices = tree.fields.map((f) => ({ value: f.key, label: label(f) || f.key }));
  const stored = choices.filter((_, i) => tree.fields[i]?.kind !== "formula");
  const people = choices.filter((_, i) => tree.fields[i]?.kind === "person");
  const tabs = layoutOf(tree);
  const checks = tree.checks ?? [];
  const unique = tree.unique ?? [];
  return (
    <div className="inspector">
      <header>
        <h2>{t("forms:the_form")}</h2>
      </header>
      <div className="inspector-body">
        <Line id="form-label" label={t("forms:attribute_label")}>
          <Input id="form-label" value={tree.label} onChange={(e) => set({ label: e.target.value }, "label")} />
        </Line>
        <Line id="form-label-en" label={t("forms:attribute_label_en")}>
          <Input
            id="form-label-en"
            value={tree.label_en ?? ""}
            onChange={(e) => set({ label_en: e.target.value }, "label_en")}
          />
        </Line>
        <Line id="form-noun" label={t("forms:attribute_noun")}>
          <Input id="form-noun" value={tree.noun ?? ""} onChange={(e) => set({ noun: e.target.value }, "noun")} />
        </Line>
        <Line id="form-title" label={t("forms:attribute_title")}>
          <Select
            id="form-title"
            allowClear
            value={tree.title ?? null}
            options={choices}
            onChange={(title) => set({ title }, "title")}
          />
        </Line>
        <Line id="form-owner" label={t("forms:attribute_owner")}>
          <Select
            id="form-owner"
            allowClear
            value={tree.owner ?? null}
            options={people}
            onChange={(owner) => set({ owner }, "owner")}
          />
        </Line>
        <Line id="form-card" label={t("forms:attribute_card")}>
          <Select
            id="form-card"
            mode="multiple"
            value={tree.card ?? []}
            options={choices}
            onChange={(card) => set({ card }, "card")}
          />
        </Line>
        <div className="labelled">
          <span className="grey-2">{t("forms:attribute_unique_together")}</span>
          {unique.map((keys, i) => (
            <div key={i} className="row">
              <Select
                className="spread"
                mode="multiple"
                aria-label={t("forms:unique_n", { n: i + 1 })}
                value={keys}
                options={stored}
                onChange={(next) => set({ unique: unique.map((old, x) => (x === i ? next : old)) }, "unique_together")}
              />
              <Remove
                name={t("forms:unique_n", { n: i + 1 })}
                onClick={() => set({ unique: unique.filter((_, x) => x !== i) }, "unique_together")}
              />
            </div>
          ))}
          <Button
            size="small"
            icon={<Icon name="plus" size={13} />}
            disabled={stored.length < 2}
            onClick={() => set({ unique: [...unique, stored.slice(0, 2).map((c) => c.value)] }, "unique_together")}
          >
            {t("forms:add_unique")}
          </Button>
        </div>
        <div className="labelled">
          <span className="grey-2">{t("forms:attribute_checks")}</span>
          {checks.map((check, i) => (
            <div key={i} className="inspector-check">
              <ConditionField
                id={`check-${i}`}
                label={t("forms:check_n", { n: i + 1 })}
                tree={tree}
                sample={sample}
                empty="TRUE"
                value={check.formula}
                problem={problems.find((p) => p.path.endsWith(`checks[${i}].formula`)) ?? null}
                onChange={(formula) =>
                  set({ checks: checks.map((c, x) => (x === i ? { ...c, formula } : c)) }, "checks")
                }
              />
              <Line id={`check-message-${i}`} label={t("forms:check_message")}>
                <Input
                  id={`check-message-${i}`}
                  value={check.message}
                  onChange={(e) =>
                    set({ checks: checks.map((c, x) => (x === i ? { ...c, message: e.target.value } : c)) }, "checks")
                  }
                />
              </Line>
              <Remove
                name={t("forms:check_n", { n: i + 1 })}
                onClick={() => set({ checks: checks.filter((_, x) => x !== i) }, "checks")}
              />
            </div>
          ))}
          <Button
            size="small"
            icon={<Icon name="plus" size={13} />}
            onClick={() => set({ checks: [...checks, { formula: "TRUE", message: t("forms:check_fresh") }] }, "checks")}
          >
            {t("forms:add_check")}
          </Button>
        </div>
        {tabs.length > 1 && (
          <Line id="form-tab" label={t("forms:this_tab")}>
            <Input
              id="form-tab"
              value={tabs[tab]?.label ?? ""}
              onChange={(e) =>
                acts.act(
                  t("forms:step_form", { what: t("forms:this_tab") }),
                  (old) =>
                    laidOut(old, (all) => {
                      const one = all[tab];
                      if (one) one.label = e.target.value;
                    }),
                  `tab.${tab}`,
                )
              }
            />
          </Line>
        )}
      </div>
    </div>
  );
}

function Remove({ name, onClick }: { name: string; onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className="icon-button small-button"
      aria-label={t("forms:remove_of", { name })}
      onClick={onClick}
    >
      <Icon name="trash" size={14} />
    </button>
  );
}

/** A section: its heading, how many columns, folded or not. */
export function SectionInspector({ tree, at, acts }: { tree: FormTree; at: Spot; acts: FieldActs }) {
  const { t } = useTranslation();
  const section = layoutOf(tree)[at.tab]?.sections[at.section];
  if (!section) return null;
  const set = (what: string, change: (one: Section) => void) =>
    acts.act(
      t("forms:step_section", { what }),
      (old) =>
        laidOut(old, (all) => {
          const one = all[at.tab]?.sections[at.section];
          if (one) change(one);
        }),
      `section.${at.tab}.${at.section}`,
    );
  return (
    <div className="inspector">
      <header>
        <h2>{t("forms:kind_section")}</h2>
      </header>
      <div className="inspector-body">
        <Line id="s-label" label={t("forms:attribute_label")}>
          <Input
            id="s-label"
            value={section.label ?? ""}
            onChange={(e) => {
              const text = e.target.value;
              set(t("forms:attribute_label"), (one) => {
                if (text) one.label = text;
                else delete one.label;
              });
            }}
          />
        </Line>
        <Line id="s-label-en" label={t("forms:attribute_label_en")}>
          <Input
            id="s-label-en"
            value={section.label_en ?? ""}
            onChange={(e) => {
              const text = e.target.value;
              set(t("forms:attribute_label_en"), (one) => {
                if (text) one.label_en = text;
                else delete one.label_en;
              });
            }}
          />
        </Line>
        <Line id="s-columns" label={t("forms:columns")}>
          <Select
            id="s-columns"
            value={section.columns}
            options={Array.from({ length: MOST_COLUMNS }, (_, i) => ({
              value: i + 1,
              label: t("forms:columns_n", { count: i + 1 }),
            }))}
            onChange={(columns) => set(t("forms:columns"), (one) => Object.assign(one, { columns }))}
          />
        </Line>
        <Toggle
          label={t("forms:attribute_closed")}
          value={section.closed}
          onChange={(closed) => set(t("forms:attribute_closed"), (one) => Object.assign(one, { closed }))}
        />
      </div>
    </div>
  );
}

/** Words that stand on the form. */
export function WordsInspector({ tree, at, acts }: { tree: FormTree; at: Spot; acts: FieldActs }) {
  const { t } = useTranslation();
  const cell = layoutOf(tree)[at.tab]?.sections[at.section]?.cells[at.cell];
  if (cell?.text === undefined) return null;
  return (
    <div className="inspector">
      <header>
        <h2>{t("forms:kind_words")}</h2>
      </header>
      <div className="inspector-body">
        <Line id="w-text" label={t("forms:words_text")}>
          <Input.TextArea
            id="w-text"
            autoSize={{ minRows: 2 }}
            value={cell.text}
            onChange={(e) =>
              acts.act(
                t("forms:step_words"),
                (old) =>
                  laidOut(old, (all) => {
                    const one = all[at.tab]?.sections[at.section]?.cells[at.cell];
                    if (one && e.target.value) one.text = e.target.value;
                  }),
                `words.${at.tab}.${at.section}.${at.cell}`,
              )
            }
          />
        </Line>
      </div>
    </div>
  );
}
