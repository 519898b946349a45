import { memo } from "react";
import { useTranslation } from "react-i18next";
import { format } from "@/kit";
import type { Marks } from "./marks";
import { cellOf, type DecisionTree, widthOf } from "./model";

/** The field takes the focus, the cursor behind what stands there. */
const begin = (input: HTMLInputElement | null) => input?.focus();

/** A row; it is drawn anew only when something of it changed. */
export const GridRow = memo(
  function GridRow({
    tree,
    row,
    marks,
    active,
    from,
    to,
    hit,
    count,
    editing,
    onEdit,
    onWrite,
    onDown,
    onOver,
    onOpen,
    head,
  }: {
    tree: DecisionTree;
    row: number;
    rule: DecisionTree["rules"][number] | undefined;
    marks: Marks;
    active: number;
    first: boolean;
    from: number;
    to: number;
    hit: boolean;
    /** records of a year that hit it */
    count: number | undefined;
    editing: string | null;
    onEdit: (text: string) => void;
    onWrite: (text: string) => void;
    onDown: (column: number, extend: boolean) => void;
    onOver: (column: number) => void;
    onOpen: () => void;
    head: React.ReactNode;
  }) {
    const { t } = useTranslation();
    const width = widthOf(tree);
    return (
      <tr className={hit ? "decide-hit" : ""}>
        <th scope="row">{head}</th>
        {Array.from({ length: width }, (_, column) => {
          const text = cellOf(tree, { row, column });
          const mark = marks.get(`${row}.${column}`);
          const on = column === active;
          const names = [
            column === tree.inputs.length ? "decide-then" : "",
            on ? "decide-on" : "",
            column >= from && column <= to ? "decide-range" : "",
            mark ? `decide-${mark.tone}` : "",
          ];
          return (
            <td
              key={column}
              // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of a grid
              role="gridcell"
              data-cell={`${row}.${column}`}
              tabIndex={on ? 0 : -1}
              className={names.filter(Boolean).join(" ")}
              title={mark?.text}
              aria-invalid={mark?.tone === "wrong" || undefined}
              onMouseDown={(e) => {
                if (on && editing !== null) return;
                onDown(column, e.shiftKey);
              }}
              onMouseOver={() => onOver(column)}
              onFocus={() => undefined}
              onDoubleClick={onOpen}
            >
              {on && editing !== null ? (
                <input
                  ref={begin}
                  className="decide-input"
                  aria-label={t("decisions:cell_of", { row: row + 1 })}
                  value={editing}
                  onChange={(e) => onEdit(e.target.value)}
                  onBlur={() => onWrite(editing)}
                />
              ) : text === "-" || (text === "" && column < tree.inputs.length) ? (
                <span className="grey">{t("decisions:any")}</span>
              ) : text === "" && column < width - 1 ? (
                <span className="grey">—</span>
              ) : (
                text
              )}
            </td>
          );
        })}
        {count !== undefined && <td className="right grey">{format.number(count)}</td>}
      </tr>
    );
  },
  (a, b) =>
    a.rule === b.rule &&
    a.tree.inputs === b.tree.inputs &&
    a.tree.outputs === b.tree.outputs &&
    a.row === b.row &&
    a.marks === b.marks &&
    a.active === b.active &&
    a.active === -1 &&
    a.from === b.from &&
    a.to === b.to &&
    a.from === -1 &&
    a.hit === b.hit &&
    a.count === b.count,
);
