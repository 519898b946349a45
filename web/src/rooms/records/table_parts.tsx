import { Checkbox } from "antd";
import { type CSSProperties, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { Field, Form } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";
import type { Row, Sort } from "./api";
import { Cell, isRight, titleOf } from "./cell";
import { HeldMark } from "./held_mark";
import { InlineCell, useInline } from "./inline";
import type { Hold } from "./plan_api";
import { daysLeftOf, isScore } from "./state";

const TWICE_MS = 300;

export interface Column {
  path: string;
  field: Field;
  text: string;
}

/** A width by kind, so that columns do not move while rows come and go. */
function width(field: Field, isTitle: boolean): string {
  if (isTitle && field.kind === "auto_number") return "128px";
  if (isTitle) return "minmax(180px, 2fr)";
  if (daysLeftOf(field) !== null) return "132px";
  if (isScore(field)) return "116px";
  switch (valueKind(field)) {
    case "relation":
      return "minmax(160px, 2.6fr)";
    case "money":
      return "minmax(112px, 128px)";
    case "number":
    case "percent":
    case "yes_no":
      return "minmax(84px, 112px)";
    case "date":
      return "minmax(116px, 124px)";
    case "datetime":
      return "132px";
    case "select":
    case "person":
    case "department":
      return "minmax(88px, 0.9fr)";
    default:
      return "minmax(110px, 1.2fr)";
  }
}

export const templateOf = (form: Form, columns: readonly Column[]): CSSProperties => ({
  gridTemplateColumns: `40px ${columns.map((c) => width(c.field, c.path === form.title)).join(" ")} 8px`,
});

/** The names of the columns; a click sorts, with Shift by several. */
export function TableHead(props: {
  columns: readonly Column[];
  style: CSSProperties;
  sort: readonly Sort[];
  onSort: (field: string, more: boolean) => void;
  allOn: boolean;
  someOn: boolean;
  onSelectAll: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const { columns, style, allOn, someOn } = props;
  return (
    <div className="table-head" role="row" style={style}>
      <span role="columnheader" className="table-check">
        <Checkbox
          checked={allOn}
          indeterminate={someOn && !allOn}
          aria-label={t("records:select_all")}
          onChange={(e) => props.onSelectAll(e.target.checked)}
        />
      </span>
      {columns.map((c) => {
        const at = props.sort.findIndex((s) => s.field === c.path);
        const s = props.sort[at];
        return (
          <span
            key={c.path}
            role="columnheader"
            aria-sort={s ? (s.descending ? "descending" : "ascending") : "none"}
            className={isRight(c.field) ? "right" : undefined}
          >
            <button
              type="button"
              className="bare table-sort"
              title={c.text}
              onClick={(e) => props.onSort(c.path, e.shiftKey)}
            >
              <span className="cut">{c.text}</span>
              {s && <Icon name={s.descending ? "arrowDown" : "arrowUp"} size={12} />}
              {s && props.sort.length > 1 && <span className="small">{at + 1}</span>}
            </button>
          </span>
        );
      })}
    </div>
  );
}

/** One record in a table. */
export function TableRow(props: {
  form: Form;
  columns: readonly Column[];
  row: Row;
  /** the rows around it, in which Enter goes on when cells are changed */
  rows: readonly Row[];
  style: CSSProperties;
  on: boolean;
  focused: boolean;
  opened: boolean;
  hold: Hold | undefined;
  onSelect: (on: boolean, range: boolean) => void;
  onFocus: () => void;
  onOpen: (newTab: boolean) => void;
  onEdit: () => void;
}) {
  const { t } = useTranslation();
  const { form, columns, row, rows, style, on } = props;
  const inline = useInline();
  const opening = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(opening.current), []);
  const paths = columns.filter((c) => inline?.editable(c.field, c.path)).map((c) => c.path);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: rows are driven by the list's keys (j, k, Enter)
    <div
      role="row"
      tabIndex={-1}
      aria-selected={on}
      className={`table-row ${on ? "on" : ""} ${props.focused ? "focused" : ""} ${props.opened ? "opened" : ""}`}
      style={style}
      onClick={(e) => {
        if ((e.target as HTMLElement).closest("a, label, input, .cell-editor, .cell-refused")) return;
        // what floats above the row (a list, a reason) is not the row
        if (inline?.at || !e.currentTarget.contains(e.target as Node)) return;
        props.onFocus();
        const open = () => props.onOpen(e.metaKey || e.ctrlKey);
        clearTimeout(opening.current);
        // a second click on a cell that can be changed means the cell
        if ((e.target as HTMLElement).closest(".can-edit")) opening.current = setTimeout(open, TWICE_MS);
        else open();
      }}
      onAuxClick={(e) => e.button === 1 && props.onOpen(true)}
    >
      <span role="cell" className="table-check">
        <Checkbox
          checked={on}
          aria-label={t("records:select_row", { name: titleOf(form, row) })}
          onClick={(e) => {
            e.stopPropagation();
            props.onSelect(!on, e.shiftKey);
          }}
        />
      </span>
      {columns.map((c) => (
        <span
          role="cell"
          key={c.path}
          className={`table-cell ${isRight(c.field) ? "right" : ""} ${paths.includes(c.path) ? "can-edit" : ""}`}
          onDoubleClick={
            paths.includes(c.path)
              ? (e) => {
                  e.stopPropagation();
                  clearTimeout(opening.current);
                  props.onEdit();
                  inline?.edit({ row: row.id, path: c.path });
                }
              : undefined
          }
        >
          <InlineCell row={row} field={c.field} rows={rows} paths={paths}>
            <Cell field={c.field} value={row[c.path]} row={row} />
          </InlineCell>
          {c.path === form.title && <HeldMark hold={props.hold} />}
        </span>
      ))}
    </div>
  );
}
