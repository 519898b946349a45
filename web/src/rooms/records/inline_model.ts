/** Where the cursor of a list goes, and a value as it is typed. */
import { shift } from "@/kit/format";
import type { Field } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";
import type { Row, Value } from "./api";

export interface At {
  row: number;
  path: string;
}

/** The next cell: down in its column, right or left among the columns that can be edited, on into the next row. */
export function after(
  at: At,
  way: "down" | "right" | "left",
  rows: readonly Pick<Row, "id">[],
  paths: readonly string[],
): At | null {
  const row = rows.findIndex((r) => r.id === at.row);
  const column = paths.indexOf(at.path);
  if (row < 0 || column < 0) return null;
  const place =
    way === "down" ? (row + 1) * paths.length + column : row * paths.length + column + (way === "right" ? 1 : -1);
  const next = rows[Math.floor(place / paths.length)];
  const path = paths[((place % paths.length) + paths.length) % paths.length];
  return next && path !== undefined && place >= 0 ? { row: next.id, path } : null;
}

/** A value as a person would type it. */
export function shownText(field: Field, value: Value): string {
  if (value === null || typeof value === "object") return "";
  const text = String(value);
  return valueKind(field) === "percent" && /^-?\d+(\.\d+)?$/.test(text) ? `${tidy(shift(text, 2))}%` : text;
}
const tidy = (text: string) => text.replace(/\.?0+$/, "").replace(/^(-?)0+(?=\d)/, "$1");
