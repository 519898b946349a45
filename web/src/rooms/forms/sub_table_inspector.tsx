import { Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import {
  added,
  changed,
  type FieldTree,
  type FormTree,
  fieldAt,
  formChanged,
  layoutOf,
  moved,
  optionsOf,
  spotOf,
  without,
} from "./form_tree";
import { FormulaField } from "./formula_field";
import { type FieldKind, hasOptions } from "./kinds";
import { Line, Toggle } from "./lines";
import type { Naming } from "./naming";
import { OptionsEditor } from "./options_editor";
import { fieldFor } from "./pieces";
import { columnsOf, partChanged } from "./sub_tables";

const KINDS: readonly FieldKind[] = [
  "text",
  "long_text",
  "number",
  "money",
  "percent",
  "date",
  "yes_no",
  "select",
  "person",
  "attachment",
  "formula",
];

/** A sub-table: its name and its columns, side by side with the form it lives in. */
export function SubTableInspector({
  part,
  current,
  problems,
  act,
  naming,
}: {
  part: FormTree;
  /** as it is in force */
  current: FormTree | undefined;
  problems: DesignProblem[];
  act: (name: string, change: (tree: FormTree) => FormTree, place?: string) => void;
  naming: Naming;
}) {
  const { t } = useTranslation();
  const word = (key: string) => t(`forms:${key}`);
  const set = (what: string, change: (part: FormTree) => FormTree, place = "") =>
    act(
      t("forms:step_change", { name: part.label, what: t(`forms:${what}`) }),
      (old) => partChanged(old, part.form, change),
      place && `${part.form}.${place}`,
    );
  const columns = columnsOf(part);
  const published = (key: string) => current?.fields.some((f) => f.key === key) ?? false;
  const column = (one: FieldTree, patch: Parameters<typeof changed>[2], place: string) =>
    set("attribute_columns", (old) => changed(old, naming.key(old, one.key), patch), `${one.key}.${place}`);
  const end = { tab: 0, section: 0, cell: part.fields.length };
  return (
    <div className="inspector">
      <header className="row">
        <span className="inspector-icon">
          <Icon name="table" size={16} />
        </span>
        <div className="cut">
          <h2 className="cut">{part.label}</h2>
          <p className="grey small">{t("forms:kind_sub_table")}</p>
        </div>
      </header>
      <div className="inspector-body">
        <Line id="f-label" label={t("forms:attribute_label")}>
          <Input
            id="f-label"
            value={part.label}
            onChange={(e) => {
              const label = e.target.value;
              set("attribute_label", (old) => formChanged(old, { label }), "label");
            }}
          />
        </Line>
        {columns.map((one, i) => {
          const wrong = problems.find((p) => fieldAt(part, p.path)?.field.key === one.key) ?? null;
          const n = t("forms:column_n", { n: i + 1 });
          const id = `column-${i}`;
          return (
            <div key={i} className="inspector-check">
              <Line id={id} label={n} problem={one.kind === "formula" ? null : wrong}>
                <Input
                  id={id}
                  value={one.label}
                  onChange={(e) => {
                    column(one, { label: e.target.value }, "label");
                    if (!published(one.key)) naming.named(one.key, e.target.value);
                  }}
                />
              </Line>
              <div className="row">
                <Select
                  className="spread"
                  size="small"
                  aria-label={t("forms:kind_of", { name: n })}
                  disabled={published(one.key)}
                  value={one.kind}
                  options={KINDS.map((kind) => ({ value: kind, label: t(`forms:kind_${kind}`) }))}
                  onChange={(kind) =>
                    set("attribute_columns", (old) => {
                      const key = naming.key(old, one.key);
                      const { label: _, ...rest } = fieldFor(key, old, kind, word, []);
                      const fields = old.fields.map((f) => (f.key === key ? { ...rest, label: f.label } : f));
                      return { ...old, fields };
                    })
                  }
                />
                <button
                  type="button"
                  className="icon-button small-button"
                  aria-label={t("forms:up_of", { name: n })}
                  disabled={i === 0}
                  onClick={() =>
                    set("attribute_columns", (old) => {
                      const to = spotOf(layoutOf(old), columns[i - 1]?.key ?? "");
                      return to ? moved(old, one.key, to) : old;
                    })
                  }
                >
                  <Icon name="up" size={14} />
                </button>
                <button
                  type="button"
                  className="icon-button small-button"
                  aria-label={t("forms:remove_of", { name: n })}
                  disabled={columns.length === 1}
                  onClick={() => set("attribute_columns", (old) => without(old, one.key))}
                >
                  <Icon name="trash" size={14} />
                </button>
              </div>
              {hasOptions(one.kind) && (
                <OptionsEditor options={optionsOf(one)} onChange={(options) => column(one, { options }, "options")} />
              )}
              {one.kind === "formula" ? (
                <FormulaField
                  id={`${id}-formula`}
                  label={t("forms:formula_of", { name: n })}
                  tree={part}
                  value={one.formula ?? ""}
                  onChange={(formula) => column(one, { formula }, "formula")}
                  problem={wrong}
                  sample={null}
                />
              ) : (
                <Toggle
                  label={t("forms:attribute_required")}
                  value={one.required ?? false}
                  onChange={(required) => column(one, { required }, "required")}
                />
              )}
            </div>
          );
        })}
        <Button
          size="small"
          icon={<Icon name="plus" size={13} />}
          onClick={() =>
            set("attribute_columns", (old) =>
              added(old, fieldFor(naming.fresh(old, "text_1"), old, "text", word, []), end),
            )
          }
        >
          {t("forms:add_column")}
        </Button>
        {current && <Link to={`/design/forms/${part.form}`}>{t("forms:open_sub_table")}</Link>}
      </div>
    </div>
  );
}
