import { useDraggable, useDroppable } from "@dnd-kit/core";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Icon } from "@/kit";
import {
  type Cell,
  type FieldTree,
  type FormTree,
  layoutOf,
  nameOf,
  rowsOf,
  type Section,
  type Spot,
} from "./form_tree";
import { TRAILS } from "./kinds";
import { columnsOf, partAt } from "./sub_tables";

/** What is selected: a field by its key, anything else by its place. */
export type Selected =
  | { what: "field"; key: string }
  | { what: "section"; at: Spot }
  | { what: "words"; at: Spot }
  | { what: "form" };

export interface CanvasActs {
  select: (what: Selected) => void;
  copy: (key: string) => void;
  remove: (what: Selected) => void;
}

export const spotId = (at: Spot) => `at:${at.tab}:${at.section}:${at.cell}`;
export function spotFrom(id: string): Spot | null {
  const [what, tab, section, cell] = id.split(":");
  return what === "at" ? { tab: Number(tab), section: Number(section), cell: Number(cell) } : null;
}

/** The form as it will stand, with one real record in it. */
export function Canvas({
  tree,
  current,
  tab,
  onTab,
  selected,
  acts,
  value,
  wrong,
  label,
  still,
}: {
  tree: FormTree;
  current: FormTree | null;
  tab: number;
  onTab: (tab: number) => void;
  selected: Selected;
  acts: CanvasActs;
  value: (field: FieldTree) => ReactNode;
  /** fields with a problem: its severity */
  wrong: Map<string, "error" | "hint">;
  label: (thing: { label?: string; label_en?: string }) => string;
  /** to be looked at only */
  still: boolean;
}) {
  const { t } = useTranslation();
  const tabs = layoutOf(tree);
  const shown = tabs[Math.min(tab, tabs.length - 1)];
  const at = Math.min(tab, tabs.length - 1);
  return (
    <div className="canvas-sheet">
      {tabs.length > 1 && (
        <div className="tabs" role="tablist" aria-label={t("forms:tabs")}>
          {tabs.map((one, i) => (
            <button key={i} type="button" role="tab" className="tab" aria-selected={i === at} onClick={() => onTab(i)}>
              {label(one) || t("forms:tab_n", { n: i + 1 })}
            </button>
          ))}
        </div>
      )}
      {shown?.sections.map((section, s) => (
        <SectionView
          key={s}
          tree={tree}
          current={current}
          section={section}
          at={{ tab: at, section: s, cell: 0 }}
          selected={selected}
          acts={acts}
          value={value}
          wrong={wrong}
          label={label}
          still={still}
          several={shown.sections.length > 1}
        />
      ))}
    </div>
  );
}

interface Parts {
  tree: FormTree;
  current: FormTree | null;
  section: Section;
  at: Spot;
  selected: Selected;
  acts: CanvasActs;
  value: (field: FieldTree) => ReactNode;
  wrong: Map<string, "error" | "hint">;
  label: (thing: { label?: string; label_en?: string }) => string;
  still: boolean;
  /** one of several sections: it may go */
  several: boolean;
}

function SectionView(props: Parts) {
  const { section, at, selected, acts, label, still, several } = props;
  const { t } = useTranslation();
  const on = selected.what === "section" && selected.at.tab === at.tab && selected.at.section === at.section;
  return (
    <section className={`canvas-section ${on ? "canvas-on" : ""}`}>
      <div className="row">
        {still ? (
          <h2>{label(section)}</h2>
        ) : (
          <button
            type="button"
            className="bare canvas-section-head"
            aria-pressed={on}
            onClick={() => acts.select({ what: "section", at })}
          >
            <Icon name={section.closed ? "rightward" : "down"} size={14} />
            <b>{label(section) || t("forms:section_n", { n: at.section + 1 })}</b>
          </button>
        )}
        <span className="spread" />
        {on && !still && several && (
          <Button
            size="small"
            type="text"
            aria-label={t("forms:remove_of", { name: label(section) || t("forms:section_n", { n: at.section + 1 }) })}
            icon={<Icon name="trash" size={14} />}
            onClick={() => acts.remove({ what: "section", at })}
          />
        )}
        <span className="grey small">
          {section.closed && `${t("forms:section_closed")} · `}
          {t("forms:columns_n", { count: section.columns })}
        </span>
      </div>
      <div className="canvas-grid" style={{ gridTemplateColumns: `repeat(${section.columns}, minmax(0, 1fr))` }}>
        {section.cells.map((cell, c) => (
          <CellView key={nameOf(cell) ?? `${c}`} {...props} cell={cell} at={{ ...at, cell: c }} />
        ))}
        {!still && <EndZone at={{ ...at, cell: section.cells.length }} section={section} />}
      </div>
    </section>
  );
}

/** What is left of the last row takes a field more; where nothing is left, a strip below it does. */
function EndZone({ at, section }: { at: Spot; section: Section }) {
  const { t } = useTranslation();
  const { setNodeRef, isOver } = useDroppable({ id: spotId(at) });
  const empty = section.cells.length === 0;
  const left = section.columns - (rowsOf(section).at(-1) ?? []).reduce((n, cell) => n + cell.span, 0);
  const fits = !empty && left > 0;
  return (
    <div
      ref={setNodeRef}
      className={`canvas-end ${empty ? "canvas-end-empty" : ""} ${fits ? "canvas-end-beside" : ""}`}
      style={fits ? { gridColumn: `span ${left}` } : undefined}
    >
      {isOver && <div className="canvas-drop">+ {t("forms:drop_here")}</div>}
      {empty && t("forms:drag_here")}
    </div>
  );
}

function CellView({
  tree,
  current,
  section,
  cell,
  at,
  selected,
  acts,
  value,
  wrong,
  label,
  still,
}: Parts & { cell: Cell }) {
  const { t } = useTranslation();
  const field = tree.fields.find((f) => f.key === cell.field);
  const drop = useDroppable({ id: spotId(at), disabled: still });
  const part = cell.sub_table === undefined ? undefined : partAt(tree, cell.sub_table);
  const key = nameOf(cell);
  const drag = useDraggable({ id: `move:${key ?? ""}`, disabled: still || !key, data: { key } });
  const on = key
    ? selected.what === "field" && selected.key === key
    : selected.what === "words" && spotId(selected.at) === spotId(at);
  const before = field ? current?.fields.find((f) => f.key === field.key) : part && current?.parts?.[part.form];
  const changed = before && JSON.stringify(before) !== JSON.stringify(field ?? part);
  const fault = key && wrong.get(key);
  const what: Selected = key ? { what: "field", key } : { what: "words", at };
  const span = Math.min(cell.span, section.columns);
  const name = label(field ?? part ?? {}) || (key ?? cell.text ?? "");
  const trail = field && TRAILS[field.kind];
  const marks = (
    <>
      {fault && (
        <Chip tone={fault === "error" ? "urgent" : "info"}>
          <Icon name={fault === "error" ? "bang" : "info"} size={12} />
        </Chip>
      )}
      {field?.kind === "formula" && <Chip tone="info">{t("forms:kind_formula")}</Chip>}
      {!before && <Chip tone="brand">{t("forms:new")}</Chip>}
      {changed && <Chip tone="warn">{t("forms:edited")}</Chip>}
    </>
  );
  return (
    <div
      ref={drop.setNodeRef}
      className={`canvas-cell ${on ? "canvas-on" : ""} ${drag.isDragging ? "canvas-going" : ""}`}
      style={{ gridColumn: `span ${span}` }}
    >
      {drop.isOver && !drag.isDragging && <div className="canvas-drop">+ {t("forms:drop_here")}</div>}
      <div
        ref={drag.setNodeRef}
        role="button"
        tabIndex={still ? -1 : 0}
        aria-pressed={on}
        data-cell={key ?? spotId(at)}
        className="canvas-field"
        onFocus={() => acts.select(what)}
        {...drag.listeners}
      >
        {field ? (
          <>
            <span className="canvas-label">
              <span className="cut">
                {name}
                <span className="sr"> {t(`forms:kind_${field.kind}`)}</span>
              </span>
              {field.required && <span className="bad">*</span>}
              {marks}
            </span>
            <span className={`canvas-value canvas-${field.kind}`} inert>
              <span className="cut spread">{value(field)}</span>
              {trail && <Icon name={trail} size={15} style={{ color: "var(--text-3)" }} />}
            </span>
          </>
        ) : cell.sub_table ? (
          <>
            <span className="canvas-label">
              <span className="cut">
                {name}
                <span className="sr"> {t("forms:kind_sub_table")}</span>
              </span>
              {marks}
            </span>
            <span className="canvas-value canvas-rows" inert>
              {(part ? columnsOf(part) : []).map((column) => (
                <span key={column.key} className="cut">
                  {label(column) || column.key}
                  {column.required && <span className="bad">*</span>}
                </span>
              ))}
            </span>
          </>
        ) : (
          <span className="grey-2">{label({ ...cell, label: cell.text ?? "", label_en: cell.text_en ?? "" })}</span>
        )}
      </div>
      {on && !still && key && (
        <span className="canvas-grip" aria-hidden="true">
          <Icon name="grip" size={14} />
        </span>
      )}
      {on && !still && (
        <span className="canvas-tools">
          {field && (
            <Button
              size="small"
              type="text"
              aria-label={t("forms:copy_of", { name })}
              icon={<Icon name="copy" size={14} />}
              onClick={() => acts.copy(field.key)}
            />
          )}
          <Button
            size="small"
            type="text"
            aria-label={t("forms:remove_of", { name })}
            icon={<Icon name="trash" size={14} />}
            onClick={() => acts.remove(what)}
          />
        </span>
      )}
    </div>
  );
}
