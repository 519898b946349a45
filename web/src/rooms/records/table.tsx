import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect } from "react";
import { useKeys } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { Row, Sort } from "./api";
import { useColumn } from "./cell";
import { useInline } from "./inline";
import type { Hold } from "./plan_api";
import { TableHead, TableRow, templateOf } from "./table_parts";

const ROW = 36;

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
  const { form, rows, scroller, onEnd, focused } = props;
  const column = useColumn(form);
  const columns = props.columns.flatMap((c) => column(c) ?? []);
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

  const inline = useInline();
  const editable = columns.find((c) => inline?.editable(c.field, c.path));
  const focusedRow = rows[focused];
  useKeys({
    F2:
      focusedRow &&
      editable &&
      (() => {
        props.onEdit();
        inline?.edit({ row: focusedRow.id, path: editable.path });
      }),
  });
  const style = templateOf(form, columns);
  const allOn = rows.length > 0 && rows.every((r) => props.selected.has(r.id));
  const someOn = rows.some((r) => props.selected.has(r.id));

  return (
    <div className="table" role="table" aria-rowcount={rows.length} aria-label={form.label}>
      <TableHead
        columns={columns}
        style={style}
        sort={props.sort}
        onSort={props.onSort}
        allOn={allOn}
        someOn={someOn}
        onSelectAll={props.onSelectAll}
      />
      <div
        className={props.dimmed ? "table-body dimmed" : "table-body"}
        style={{ height: virtual.getTotalSize() + (props.padBottom ? 72 : 0) }}
      >
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const on = props.selected.has(row.id);
          return (
            <TableRow
              key={row.id}
              form={form}
              columns={columns}
              row={row}
              rows={rows}
              style={{ ...style, transform: `translateY(${item.start}px)` }}
              on={on}
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
    </div>
  );
}
