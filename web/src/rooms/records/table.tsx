import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { toast, useKeys } from "@/kit";
import { isTyping } from "@/kit/keys";
import type { Form } from "@/rooms/forms";
import type { Row, Sort } from "./api";
import { useColumn } from "./cell";
import { useInline } from "./inline";
import { PasteSheet } from "./paste_sheet";
import type { Hold } from "./plan_api";
import { inside } from "./range";
import type { Colour } from "./state";
import { type Look, layOut, TableHead, TableRow, WaitingRow } from "./table_parts";
import { useCells } from "./use_cells";
import type { Rows } from "./use_rows";

const ROW = 36;

export interface TableProps extends Look {
  form: Form;
  columns: readonly string[];
  colours: readonly Colour[];
  onWidths: (widths: Record<string, number>) => void;
  sort: readonly Sort[];
  onSort: (field: string, more: boolean) => void;
  openId: number | null;
  onOpen: (row: Row, newTab: boolean) => void;
  /** a cell is being changed */
  onEdit: () => void;
  padBottom: boolean;
  /** records for which nothing happens by itself now */
  held: ReadonlyMap<number, Hold>;
}

/** Widths as they are while one is dragged. */
export function useWidths({ widths, onWidths }: Pick<TableProps, "widths" | "onWidths">) {
  const [dragged, setDragged] = useState<Readonly<Record<string, number>> | null>(null);
  return {
    widths: dragged ?? widths,
    onWidth: (path: string, px: number | null, last: boolean) => {
      const { [path]: _, ...rest } = widths;
      const next = px === null ? rest : { ...rest, [path]: px };
      setDragged(last ? null : next);
      if (last) onWidths(next);
    },
  };
}

export function Table(
  props: TableProps & {
    rows: Rows;
    selected: ReadonlySet<number>;
    onSelect: (index: number, on: boolean, range: boolean) => void;
    onSelectAll: (on: boolean) => void;
    focused: number;
    onFocus: (index: number) => void;
    dimmed: boolean;
    scroller: RefObject<HTMLDivElement | null>;
  },
) {
  const { form, rows, scroller, focused, frozen } = props;
  const column = useColumn(form);
  const columns = props.columns.flatMap((c) => column(c) ?? []);
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 16,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { show } = rows;
  useEffect(() => show(first, last), [first, last, show]);
  useEffect(() => {
    if (focused >= 0) virtual.scrollToIndex(focused, { align: "auto" });
  }, [focused, virtual]);

  const inline = useInline();
  const editable = columns.find((c) => inline?.editable(c.field, c.path));
  const focusedRow = rows.at(focused);
  const cells = useCells(form, columns, rows, props.openId !== null || inline?.at !== null || props.dimmed);
  const { range } = cells;
  useEffect(() => {
    if (range) virtual.scrollToIndex(range.to.row, { align: "auto" });
  }, [range, virtual]);
  const extend = (name: string) => () => cells.arrow(name, true, focused);
  // the cell that is chosen, else the first of the row that can be changed
  const chosen = range && { row: rows.at(range.to.row), column: columns[range.to.column] };
  const target = chosen ?? { row: focusedRow, column: editable };
  const edit = (text?: string, tell = text !== undefined) => {
    const { row, column } = target;
    if (!row || !column || !inline) return false;
    const why = inline.why(column.field, column.path);
    if (why) {
      if (tell) toast({ text: `${column.text}：${why}`, tone: "info" });
      return false;
    }
    props.onEdit();
    cells.clear();
    inline.edit({ row: row.id, path: column.path }, text);
    return true;
  };
  useKeys({
    F2: () => edit(undefined, true),
    "shift+ArrowUp": rows.count > 0 && extend("ArrowUp"),
    "shift+ArrowDown": rows.count > 0 && extend("ArrowDown"),
    "shift+ArrowLeft": rows.count > 0 && extend("ArrowLeft"),
    "shift+ArrowRight": rows.count > 0 && extend("ArrowRight"),
  });
  const { widths, onWidth } = useWidths(props);
  const laid = layOut(form, columns, { widths, frozen });
  const allOn = rows.near.length > 0 && rows.near.every((r) => props.selected.has(r.id));
  const someOn = props.selected.size > 0;

  return (
    <div className="table" role="table" aria-rowcount={rows.count} aria-label={form.label}>
      <TableHead
        columns={columns}
        laid={laid}
        sort={props.sort}
        onSort={props.onSort}
        allOn={allOn}
        someOn={someOn}
        onSelectAll={props.onSelectAll}
        onWidth={onWidth}
      />
      <div
        className={props.dimmed ? "table-body dimmed" : "table-body"}
        style={{ height: virtual.getTotalSize() + (props.padBottom ? 72 : 0) }}
      >
        {items.map((item) => {
          const row = rows.at(item.index);
          const style = { transform: `translateY(${item.start}px)` };
          if (!row) return <WaitingRow key={`at ${item.index}`} style={style} />;
          return (
            <TableRow
              key={row.id}
              form={form}
              columns={columns}
              row={row}
              rows={rows.near}
              laid={laid}
              style={style}
              colours={props.colours}
              cells={{
                chosen: (at) => cells.rect !== null && inside(cells.rect, item.index, at),
                down: (at, more) => cells.down({ row: item.index, column: at }, more),
                over: (at, pressed) => cells.over({ row: item.index, column: at }, pressed),
                swallow: cells.swallow,
              }}
              on={props.selected.has(row.id)}
              focused={item.index === focused}
              opened={props.openId === row.id}
              hold={props.held.get(row.id)}
              onSelect={(on, range) => props.onSelect(item.index, on, range)}
              onFocus={() => props.onFocus(item.index)}
              onOpen={(newTab) => props.onOpen(row, newTab)}
              onEdit={props.onEdit}
            />
          );
        })}
      </div>
      {range && props.openId === null && inline?.at == null && !cells.waiting && (
        <RangeKeys
          onArrow={(name) => cells.arrow(name, false, focused)}
          onEnter={() => edit() || (target.row && props.onOpen(target.row, false))}
          onType={edit}
          onClear={cells.clear}
        />
      )}
      {cells.waiting && <PasteSheet form={form} waiting={cells.waiting} onAnswer={cells.answer} />}
    </div>
  );
}

/** While cells are chosen the arrows move the choice, above the list's own keys. */
function RangeKeys({
  onArrow,
  onEnter,
  onType,
  onClear,
}: {
  onArrow: (name: string) => void;
  onEnter: () => void;
  onType: (text: string) => void;
  onClear: () => void;
}) {
  useKeys({
    ArrowUp: () => onArrow("ArrowUp"),
    ArrowDown: () => onArrow("ArrowDown"),
    ArrowLeft: () => onArrow("ArrowLeft"),
    ArrowRight: () => onArrow("ArrowRight"),
    Enter: onEnter,
    Escape: onClear,
  });
  const type = useRef(onType);
  type.current = onType;
  useEffect(() => {
    // a letter on a chosen cell is meant for it, not for the list; a word that an input method begins to compose goes
    // into the editor, which has the focus before its first letter arrives
    const onKey = (e: KeyboardEvent) => {
      if ((e.target as HTMLElement).closest("[role=dialog], [role=menu]")) return;
      const composes = e.isComposing || e.keyCode === 229;
      const letter = e.key.length === 1 && e.key !== " " && !e.ctrlKey && !e.metaKey && !e.altKey;
      if (e.defaultPrevented || (!composes && (!letter || isTyping(e)))) return;
      if (composes && (e.target as HTMLElement).closest("input, textarea, [contenteditable=true]")) return;
      if (!composes) e.preventDefault();
      e.stopImmediatePropagation();
      flushSync(() => type.current(composes ? "" : e.key));
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, []);
  return null;
}
