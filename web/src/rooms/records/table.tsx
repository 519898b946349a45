import { useVirtualizer } from "@tanstack/react-virtual";
import { Checkbox } from "antd";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { Field, Form } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";
import type { Row, Sort } from "./api";
import { Cell, isRight, titleOf, useColumn } from "./cell";
import { HeldMark } from "./held_mark";
import { InlineCell, useInline } from "./inline";
import type { Hold } from "./plan_api";
import { daysLeftOf, isScore } from "./state";

const ROW = 36;
const TWICE_MS = 220;

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

export interface TableProps {
  form: Form;
  columns: readonly string[];
  rows: readonly Row[];
  sort: readonly Sort[];
  onSort: (field: string, more: boolean) => void;
  selected: ReadonlySet<number>;
  onSelect: (index: number, on: boolean, range: boolean) => void;
  onSelectAll: (on: boolean) => void;
  focused: number;
  onFocus: (index: number) => void;
  openId: number | null;
  onOpen: (row: Row, newTab: boolean) => void;
  onEnd: () => void;
  /** a cell is being changed */
  onEdit: () => void;
  dimmed: boolean;
  scroller: RefObject<HTMLDivElement | null>;
  padBottom: boolean;
  /** records for which nothing happens by itself now */
  held: ReadonlyMap<number, Hold>;
}

export function Table(props: TableProps) {
  const { t } = useTranslation();
  const { form, rows, scroller, onEnd, focused } = props;
  const column = useColumn(form);
  const columns = props.columns.flatMap((c) => column(c) ?? []);
  const inline = useInline();
  const opening = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(opening.current), []);
  const paths = columns.filter((c) => inline?.editable(c.field, c.path)).map((c) => c.path);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 16,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 30) onEnd();
  }, [last, rows.length, onEnd]);
  useEffect(() => {
    if (focused >= 0) virtual.scrollToIndex(focused, { align: "auto" });
  }, [focused, virtual]);

  const template = `40px ${columns.map((c) => width(c.field, c.path === form.title)).join(" ")} 8px`;
  const style = { gridTemplateColumns: template };
  const allOn = rows.length > 0 && rows.every((r) => props.selected.has(r.id));
  const someOn = rows.some((r) => props.selected.has(r.id));

  return (
    <div className="table" role="table" aria-rowcount={rows.length} aria-label={form.label}>
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
      <div
        className={props.dimmed ? "table-body dimmed" : "table-body"}
        style={{ height: virtual.getTotalSize() + (props.padBottom ? 72 : 0) }}
      >
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const on = props.selected.has(row.id);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: rows are driven by the list's keys (j, k, Enter)
            <div
              key={row.id}
              role="row"
              tabIndex={-1}
              aria-selected={on}
              className={`table-row ${on ? "on" : ""} ${item.index === focused ? "focused" : ""} ${props.openId === row.id ? "opened" : ""}`}
              style={{ ...style, transform: `translateY(${item.start}px)` }}
              onClick={(e) => {
                if ((e.target as HTMLElement).closest("a, label, input, .cell-editor, .cell-refused")) return;
                if (inline?.at) return;
                props.onFocus(item.index);
                const open = () => props.onOpen(row, e.metaKey || e.ctrlKey);
                clearTimeout(opening.current);
                // a second click on a cell that can be changed means the cell
                if ((e.target as HTMLElement).closest(".can-edit")) opening.current = setTimeout(open, TWICE_MS);
                else open();
              }}
              onAuxClick={(e) => e.button === 1 && props.onOpen(row, true)}
            >
              <span role="cell" className="table-check">
                <Checkbox
                  checked={on}
                  aria-label={t("records:select_row", { name: titleOf(form, row) })}
                  onClick={(e) => {
                    e.stopPropagation();
                    props.onSelect(item.index, !on, e.shiftKey);
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
                  {c.path === form.title && <HeldMark hold={props.held.get(row.id)} />}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
