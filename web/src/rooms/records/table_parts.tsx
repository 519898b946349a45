import { Checkbox } from "antd";
import { type CSSProperties, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { Field, Form } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";
import type { Row, Sort } from "./api";
import { Cell, isRight, titleOf } from "./cell";
import { ColourMark, coloursOf } from "./colours";
import { HeldMark } from "./held_mark";
import { InlineCell, useInline } from "./inline";
import type { Hold } from "./plan_api";
import { type Colour, daysLeftOf, isScore, NARROWEST, WIDEST } from "./state";
import "./table.css";

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
  if (daysLeftOf(field) !== null) return field.kind === "date" ? "212px" : "132px";
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

/** How the columns lie: widths that somebody gave, and columns that stay when the table is scrolled sideways. */
export interface Look {
  widths: Readonly<Record<string, number>>;
  frozen: readonly string[];
}
const CHECK = 40;
const STAYS = 160; // a column that stays needs a width: where it begins depends on those before it

function template(form: Form, columns: readonly Column[], { widths, frozen }: Look): CSSProperties {
  const each = columns.map((c) => {
    const px = widths[c.path] ?? (frozen.includes(c.path) ? STAYS : null);
    return px ? `${px}px` : width(c.field, c.path === form.title);
  });
  return { gridTemplateColumns: `${CHECK}px ${each.join(" ")} 8px` };
}

/** The style of a row, and of each of its cells. */
export function layOut(form: Form, columns: readonly Column[], look: Look) {
  let left = CHECK;
  const stays: (CSSProperties | undefined)[] = columns.map((c) => {
    if (!look.frozen.includes(c.path)) return undefined;
    const at = { left };
    left += look.widths[c.path] ?? STAYS;
    return at;
  });
  return { row: template(form, columns, look), stays };
}
export type Laid = ReturnType<typeof layOut>;
/** What the cell of a column that stays is beside its other classes. */
const stay = (style: CSSProperties | undefined) => (style ? "stays" : "");

/** The names of the columns; a click sorts, with Shift by several. */
export function TableHead(props: {
  columns: readonly Column[];
  laid: Laid;
  sort: readonly Sort[];
  onSort: (field: string, more: boolean) => void;
  allOn: boolean;
  someOn: boolean;
  onSelectAll: (on: boolean) => void;
  /** px null: as wide as the column is by itself; `last` false: still being dragged */
  onWidth?: (path: string, px: number | null, last: boolean) => void;
}) {
  const { t } = useTranslation();
  const { columns, laid, allOn, someOn, onWidth } = props;
  const some = laid.stays.some(Boolean);
  return (
    <div className="table-head" role="row" style={laid.row}>
      <span role="columnheader" className={some ? "table-check stays" : "table-check"}>
        <Checkbox
          checked={allOn}
          indeterminate={someOn && !allOn}
          aria-label={t("records:select_all")}
          onChange={(e) => props.onSelectAll(e.target.checked)}
        />
      </span>
      {columns.map((c, i) => {
        const at = props.sort.findIndex((s) => s.field === c.path);
        const s = props.sort[at];
        return (
          <span
            key={c.path}
            role="columnheader"
            aria-sort={s ? (s.descending ? "descending" : "ascending") : "none"}
            className={`${isRight(c.field) ? "right" : ""} ${stay(laid.stays[i])}`}
            style={laid.stays[i]}
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
            {onWidth && <WidthHandle text={c.text} onWidth={(px, last) => onWidth(c.path, px, last)} />}
          </span>
        );
      })}
    </div>
  );
}

/** The right edge of a column's head: dragged, or moved by the arrows; a double click gives the width back. */
function WidthHandle({ text, onWidth }: { text: string; onWidth: (px: number | null, last: boolean) => void }) {
  const { t } = useTranslation();
  const from = useRef<{ x: number; px: number } | null>(null);
  const wide = (at: HTMLElement) => Math.round(at.parentElement?.offsetWidth ?? NARROWEST);
  const within = (px: number) => Math.max(NARROWEST, Math.min(WIDEST, Math.round(px)));
  const now = (x: number) => (from.current ? within(from.current.px + x - from.current.x) : NARROWEST);
  return (
    <span
      role="separator"
      tabIndex={0}
      className="table-width"
      aria-orientation="vertical"
      aria-label={t("records:width_of", { label: text })}
      aria-valuenow={0}
      title={t("records:width_hint")}
      onPointerDown={(e) => {
        e.preventDefault();
        e.currentTarget.setPointerCapture(e.pointerId);
        from.current = { x: e.clientX, px: wide(e.currentTarget) };
      }}
      onPointerMove={(e) => from.current && onWidth(now(e.clientX), false)}
      onPointerUp={(e) => {
        if (from.current && e.clientX !== from.current.x) onWidth(now(e.clientX), true);
        from.current = null;
      }}
      onDoubleClick={() => onWidth(null, true)}
      onKeyDown={(e) => {
        if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
        e.preventDefault();
        e.stopPropagation();
        onWidth(within(wide(e.currentTarget) + (e.key === "ArrowRight" ? 10 : -10)), true);
      }}
    />
  );
}

/** The place of a record whose page is on its way. */
export function WaitingRow({ style }: { style: CSSProperties }) {
  return (
    <div className="table-row row-waiting" style={style} aria-hidden="true">
      <span className="line" />
    </div>
  );
}

/** A row's cells as parts of a chosen range. */
export interface CellsOfRow {
  chosen: (column: number) => boolean;
  down: (column: number, extend: boolean) => void;
  over: (column: number, pressed: boolean) => void;
  /** the pointer has chosen cells: its click opens nothing */
  swallow: () => boolean;
}

/** One record in a table. */
export function TableRow(props: {
  form: Form;
  columns: readonly Column[];
  row: Row;
  /** the rows around it, in which Enter goes on when cells are changed */
  rows: readonly Row[];
  laid: Laid;
  style: CSSProperties;
  colours: readonly Colour[];
  cells?: CellsOfRow;
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
  const { form, columns, row, rows, laid, style, on, cells } = props;
  const tones = coloursOf(row, props.colours);
  const tone = tones.get("");
  const inline = useInline();
  const opening = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(opening.current), []);
  const paths = columns.filter((c) => inline?.editable(c.field, c.path)).map((c) => c.path);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: rows are driven by the list's keys (j, k, Enter)
    <div
      role="row"
      tabIndex={-1}
      data-row={row.id}
      aria-selected={on}
      className={`table-row ${tone ? `tone-${tone}` : ""} ${on ? "on" : ""} ${props.focused ? "focused" : ""} ${props.opened ? "opened" : ""}`}
      style={{ ...laid.row, ...style }}
      onClick={(e) => {
        if (cells?.swallow()) return;
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
      <span role="cell" className={laid.stays.some(Boolean) ? "table-check stays" : "table-check"}>
        <Checkbox
          checked={on}
          aria-label={t("records:select_row", { name: titleOf(form, row) })}
          onClick={(e) => {
            e.stopPropagation();
            props.onSelect(!on, e.shiftKey);
          }}
        />
      </span>
      {columns.map((c, i) => (
        <span
          role="cell"
          key={c.path}
          className={`table-cell ${isRight(c.field) ? "right" : ""} ${paths.includes(c.path) ? "can-edit" : ""} ${stay(
            laid.stays[i],
          )} ${cells?.chosen(i) ? "chosen" : ""} ${(row.$fresh as string[] | undefined)?.includes(c.path) ? "cell-fresh" : ""} ${tones.has(c.path) ? `tone-${tones.get(c.path)}` : ""}`}
          style={laid.stays[i]}
          title={c.field.counts ? undefined : (inline?.why(c.field, c.path) ?? undefined)}
          onPointerDown={(e) => {
            if (e.button !== 0 || (e.target as HTMLElement).closest("a, input, button, .cell-editor")) return;
            if (e.shiftKey) e.preventDefault();
            cells?.down(i, e.shiftKey);
          }}
          onPointerEnter={(e) => cells?.over(i, (e.buttons & 1) === 1)}
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
          {i === 0 && tone && <ColourMark level={tone} />}
          {tones.has(c.path) && <ColourMark level={tones.get(c.path) ?? "info"} />}
          <InlineCell row={row} field={c.field} rows={rows} paths={paths}>
            <Cell field={c.field} value={row[c.path]} row={row} />
          </InlineCell>
          {c.path === form.title && <HeldMark hold={props.hold} />}
        </span>
      ))}
    </div>
  );
}
