import { Button, Dropdown } from "antd";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { fromTsv, toTsv } from "@/rooms/records/tsv";
import type { Checked, Gap } from "./api";
import { GridRow } from "./grid_row";
import { exampleOf, gapsAt, marksOf } from "./marks";
import {
  type Cell,
  cellOf,
  cleared,
  copied,
  type DecisionTree,
  inserted,
  moved,
  ordered,
  pasted,
  removed,
  told,
  widthOf,
} from "./model";

export interface Hands {
  act: (name: string, change: (tree: DecisionTree) => DecisionTree, place?: string) => void;
  cell: Cell;
  choose: (cell: Cell) => void;
  chooseColumn: (column: number) => void;
}

/** The table as a spreadsheet: arrows, Enter, Tab, typing, blocks from and to Excel; gaps stand in their places. */
export function Grid({
  tree,
  checked,
  hands,
  hit,
  hits,
  still,
}: {
  tree: DecisionTree;
  checked: Checked | undefined;
  hands: Hands;
  /** rows that the try-out hit, from 1 */
  hit: readonly number[];
  /** row, from 1 -> records of a year; absent until asked */
  hits: Readonly<Record<string, number>> | undefined;
  still: boolean;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { cell, choose, act } = hands;
  const [anchor, setAnchor] = useState<Cell | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const [dragging, setDragging] = useState(false);
  const box = useRef<HTMLTableElement>(null);
  const back = useRef(false); // what was written by the keys gives the focus back to the grid
  const width = widthOf(tree);
  const range = ordered(anchor ?? cell, cell);
  const marks = useMemo(() => marksOf(tree, checked), [tree, checked]);
  const gaps = useMemo(() => gapsAt(checked?.gaps ?? []), [checked]);

  useEffect(() => {
    if (editing !== null) return;
    const at = box.current?.querySelector<HTMLElement>(`[data-cell="${cell.row}.${cell.column}"]`);
    const inside = box.current?.contains(document.activeElement);
    if (inside || back.current) at?.focus({ preventScroll: true });
    back.current = false;
    at?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [cell, editing]);

  const go = (down: number, right: number, extend = false) => {
    const row = Math.max(0, Math.min(tree.rules.length - 1, cell.row + down));
    const column = Math.max(0, Math.min(width - 1, cell.column + right));
    setAnchor(extend ? (anchor ?? cell) : null);
    choose({ row, column });
  };
  /** To the next cell, over the end of a row, and past the last row into a new one. */
  const along = (back: boolean) => {
    setAnchor(null);
    const at = cell.row * width + cell.column + (back ? -1 : 1);
    if (at < 0) return;
    if (at >= tree.rules.length * width) act(t("decisions:step_row"), (old) => inserted(old, old.rules.length));
    choose({ row: Math.floor(at / width), column: at % width });
  };
  const write = (text: string, byKey = false) => {
    back.current = byKey;
    if (text.trim() !== cellOf(tree, cell))
      act(t("decisions:step_cell", { row: cell.row + 1 }), (old) => pasted(old, cell, [[text]]));
    setEditing(null);
  };
  function onKey(event: KeyboardEvent) {
    if (still || event.nativeEvent.isComposing) return;
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const done = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (editing !== null) {
      if (key === "Enter") {
        done();
        write(editing, true);
        go(shiftKey ? -1 : 1, 0);
      } else if (key === "Tab") {
        done();
        write(editing, true);
        along(shiftKey);
      } else if (key === "Escape") {
        done();
        back.current = true;
        setEditing(null);
      }
      return;
    }
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    if (step && altKey && (key === "ArrowUp" || key === "ArrowDown")) {
      done();
      const by = key === "ArrowUp" ? -1 : 1;
      const next = moved(tree, range.from.row, range.to.row, by);
      if (next === tree) return;
      act(t("decisions:step_move"), () => next);
      if (anchor) setAnchor({ ...anchor, row: anchor.row + by });
      choose({ ...cell, row: cell.row + by });
    } else if (step) {
      done();
      go(step[0] ?? 0, step[1] ?? 0, shiftKey);
    } else if (key === "Enter" || key === "F2") {
      if (ctrlKey || metaKey) return;
      done();
      setEditing(cellOf(tree, cell));
    } else if (key === "Tab") {
      if (shiftKey ? cell.row + cell.column === 0 : false) return;
      done();
      along(shiftKey);
    } else if (key === "Home" || key === "End") {
      done();
      go(ctrlKey ? (key === "Home" ? -1e9 : 1e9) : 0, key === "Home" ? -1e9 : 1e9, shiftKey);
    } else if (key === "Delete" || key === "Backspace") {
      done();
      act(t("decisions:step_clear"), (old) => cleared(old, range));
    } else if (key === "Process" || (key.length === 1 && !ctrlKey && !metaKey && !altKey)) {
      event.stopPropagation(); // what is typed is no key of the page
      setEditing("");
    }
  }
  const copy = (event: React.ClipboardEvent, cut: boolean) => {
    if (editing !== null) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", toTsv(copied(tree, range)));
    if (cut && !still) act(t("decisions:step_clear"), (old) => cleared(old, range));
  };
  const paste = (event: React.ClipboardEvent) => {
    if (editing !== null || still) return;
    event.preventDefault();
    const block = fromTsv(event.clipboardData.getData("text/plain"));
    if (block.length) act(t("decisions:step_paste", { count: block.length }), (old) => pasted(old, range.from, block));
  };
  const rowMenu = (row: number) => {
    const [from, to] = row >= range.from.row && row <= range.to.row ? [range.from.row, range.to.row] : [row, row];
    const acts: Record<string, () => void> = {
      above: () => act(t("decisions:step_row"), (old) => inserted(old, from)),
      below: () => act(t("decisions:step_row"), (old) => inserted(old, to + 1)),
      double: () => act(t("decisions:step_row"), (old) => inserted(old, row + 1, old.rules[row])),
      up: () => act(t("decisions:step_move"), (old) => moved(old, from, to, -1)),
      down: () => act(t("decisions:step_move"), (old) => moved(old, from, to, 1)),
      remove: () => {
        act(t("decisions:step_remove", { count: to - from + 1 }), (old) => removed(old, from, to));
        setAnchor(null);
        choose({ row: Math.max(0, Math.min(from, tree.rules.length - (to - from) - 2)), column: cell.column });
      },
    };
    return {
      items: Object.keys(acts).map((key) => ({ key, label: t(`decisions:row_${key}`), danger: key === "remove" })),
      onClick: ({ key }: { key: string }) => acts[key]?.(),
    };
  };
  const heads = [
    ...tree.inputs.map((one) => ({ one, side: "inputs" })),
    ...tree.outputs.map((one) => ({ one, side: "outputs" })),
  ];
  const gapRow = (gap: Gap, at: number) => (
    <tr key={`gap${at}.${gap.cells.join()}`} className="decide-gap">
      <th scope="row">
        <span title={t("decisions:gap")}>
          <Icon name="warning" size={14} />
        </span>
      </th>
      {gap.cells.map((text, i) => (
        <td key={i}>{text === "-" ? t("decisions:any") : told(text)}</td>
      ))}
      <td colSpan={tree.outputs.length} className="decide-then">
        {t("decisions:gap_row", {
          example: exampleOf(tree, gap.example, label, t("decisions:blank"), t("decisions:comma")),
        })}
      </td>
      <td className="right">
        {!still && (
          <Button
            size="small"
            type="primary"
            onClick={() => {
              back.current = true;
              act(t("decisions:step_gap"), (old) =>
                inserted(old, at, { when: gap.cells.map(told), give: old.outputs.map(() => "") }),
              );
              choose({ row: at, column: tree.inputs.length });
            }}
          >
            {t("decisions:close_gap")}
          </Button>
        )}
      </td>
      {hits && <td />}
    </tr>
  );
  return (
    <table
      ref={box}
      className="decide-grid"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a spreadsheet, whose cells take the focus
      role="grid"
      aria-label={t("decisions:grid")}
      onKeyDown={onKey}
      onCopy={(e) => copy(e, false)}
      onCut={(e) => copy(e, true)}
      onPaste={paste}
      onMouseUp={() => setDragging(false)}
      onMouseLeave={() => setDragging(false)}
    >
      <thead>
        <tr className="decide-sides">
          <th aria-label={t("decisions:row")} />
          <th colSpan={tree.inputs.length}>{t("decisions:when")}</th>
          <th colSpan={tree.outputs.length} className="decide-then">
            {t("decisions:then")}
          </th>
          <th />
          {hits && <th />}
        </tr>
        <tr>
          <th />
          {heads.map(({ one, side }, column) => (
            <th
              key={`${side}.${one.key}`}
              className={side === "outputs" && column === tree.inputs.length ? "decide-then" : ""}
            >
              <button
                type="button"
                className="bare decide-head"
                onClick={() => {
                  setAnchor(null);
                  hands.chooseColumn(column);
                }}
              >
                {label(one)} <span className="grey">{t(`decisions:kind_${one.kind}`)}</span>
              </button>
            </th>
          ))}
          <th>{t("decisions:note")}</th>
          {hits && <th className="right">{t("decisions:hits")}</th>}
        </tr>
      </thead>
      <tbody>
        {(gaps.get(0) ?? []).map((gap) => gapRow(gap, 0))}
        {tree.rules.map((_, row) => [
          <GridRow
            key={row}
            tree={tree}
            row={row}
            rule={tree.rules[row]}
            marks={marks}
            active={row === cell.row ? cell.column : -1}
            first={row === 0 && cell.row >= tree.rules.length}
            from={row >= range.from.row && row <= range.to.row && anchor ? range.from.column : -1}
            to={row >= range.from.row && row <= range.to.row && anchor ? range.to.column : -2}
            hit={hit.includes(row + 1)}
            count={hits && (hits[row + 1] ?? 0)}
            editing={row === cell.row ? editing : null}
            onEdit={setEditing}
            onWrite={write}
            onDown={(column, extend) => {
              if (editing !== null) write(editing);
              setAnchor(extend ? (anchor ?? cell) : null);
              setDragging(true);
              choose({ row, column });
            }}
            onOver={(column) => {
              if (!dragging || (row === cell.row && column === cell.column)) return;
              setAnchor(anchor ?? cell);
              choose({ row, column });
            }}
            onOpen={() => !still && setEditing(cellOf(tree, cell))}
            head={
              still ? (
                row + 1
              ) : (
                <Dropdown trigger={["click"]} menu={rowMenu(row)}>
                  <button
                    type="button"
                    className="bare decide-number"
                    aria-label={t("decisions:row_n", { n: row + 1 })}
                  >
                    {row + 1}
                  </button>
                </Dropdown>
              )
            }
          />,
          ...(gaps.get(row + 1) ?? []).map((gap) => gapRow(gap, row + 1)),
        ])}
      </tbody>
    </table>
  );
}
