/** A range of cells in a list: where it was begun, and where it reaches. Rows and columns count from 0. */
import type { Cells } from "./tsv";

export interface Spot {
  row: number;
  column: number;
}
export interface Range {
  from: Spot;
  to: Spot;
}
export interface Rect {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export const rect = ({ from, to }: Range): Rect => ({
  top: Math.min(from.row, to.row),
  bottom: Math.max(from.row, to.row),
  left: Math.min(from.column, to.column),
  right: Math.max(from.column, to.column),
});
export const inside = (r: Rect, row: number, column: number) =>
  row >= r.top && row <= r.bottom && column >= r.left && column <= r.right;
export const one = (row: number, column: number): Range => ({ from: { row, column }, to: { row, column } });

const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
/** The range after an arrow: it reaches one further, or is one cell beside where it reached. */
export function moved(range: Range, arrow: string, extend: boolean, rows: number, columns: number): Range {
  const [down, right] = STEPS[arrow] ?? [0, 0];
  const within = (n: number, count: number) => Math.max(0, Math.min(count - 1, n));
  const to = { row: within(range.to.row + down, rows), column: within(range.to.column + right, columns) };
  return extend ? { from: range.from, to } : { from: to, to };
}

/** Where pasted cells go: from the upper left corner on; one cell alone fills the whole range. What does not fit is cut. */
export function spread(cells: Cells, at: Rect, rows: number, columns: number): { at: Rect; cells: Cells; cut: number } {
  const height = cells.length;
  const width = cells[0]?.length ?? 0;
  const fill = height === 1 && width === 1;
  const bottom = fill ? at.bottom : Math.min(at.top + height, rows) - 1;
  const right = fill ? at.right : Math.min(at.left + width, columns) - 1;
  const kept: Cells = [];
  for (let row = at.top; row <= bottom; row++)
    kept.push(
      Array.from({ length: right - at.left + 1 }, (_, i) => cells[fill ? 0 : row - at.top]?.[fill ? 0 : i] ?? ""),
    );
  const cut = fill ? 0 : height * width - kept.length * (right - at.left + 1);
  return { at: { top: at.top, left: at.left, bottom, right }, cells: kept, cut };
}
