/** Ranges of cells as a spreadsheet exchanges them: rows by line, cells by tab, a cell with either in quotes. */
import type { Field, Option } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";
import { isRef, type Ref, refName, type Value } from "./api";
import { shownText } from "./inline_model";

export type Cells = string[][];

export const toTsv = (cells: Cells) => cells.map((row) => row.map(quoted).join("\t")).join("\n");
const quoted = (text: string) => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The rectangle that was copied; short rows are filled up, an empty last line is none. */
export function fromTsv(text: string): Cells {
  const rows: Cells = [[]];
  let at = 0;
  while (at <= text.length) {
    let cell = "";
    const end = text[at] === '"' ? closing(text, at + 1) : null;
    if (end !== null) {
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    const stop = /[\t\n\r]/g;
    stop.lastIndex = at;
    const found = stop.exec(text);
    const until = found?.index ?? text.length;
    rows.at(-1)?.push(bare(cell + text.slice(at, until)));
    at = until + 1;
    if (!found) break;
    if (found[0] !== "\t") {
      if (found[0] === "\r" && text[at] === "\n") at++;
      if (at < text.length) rows.push([]);
      else break;
    }
  }
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return rows.map((row) => [...row, ...Array<string>(width - row.length).fill("")]);
}
/** Where a quoted cell ends; null: the quote is a letter of the cell, as a spreadsheet copies 5" or "重要"客户. */
function closing(text: string, from: number): number | null {
  for (let at = from; at < text.length; at++) {
    if (text[at] !== '"') continue;
    if (text[at + 1] !== '"') return /^[\t\n\r]?$/.test(text[at + 1] ?? "") ? at : null;
    at++;
  }
  return null;
}
/** The mark that keeps a text from being a formula is no part of it. */
const bare = (text: string) => (/^'[=+@-]/.test(text) ? text.slice(1) : text);
/** A pasted text must stay a text, not become a formula. */
const guarded = (text: string) => (/^[=+@]|^-(?!\d[\d.,]*%?$)/.test(text) ? `'${text}` : text);

/** A value as the cell of a spreadsheet; what an import reads back. */
export function cellText(
  field: Field,
  value: Value | undefined,
  words: { yes: string; no: string; label: (option: Option) => string },
): string {
  if (value === null || value === undefined) return "";
  if (isRef(value)) return guarded(refName(value) ?? "");
  const named = (key: string) => {
    const option = field.options?.find((o) => o.key === key);
    return option ? words.label(option) : key;
  };
  if (Array.isArray(value))
    return guarded(
      (value as (string | Ref)[]).map((one) => (isRef(one) ? (refName(one) ?? "") : named(one))).join("、"),
    );
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (valueKind(field) === "datetime") return String(value).replace("T", " ");
  return guarded(named(shownText(field, value)));
}
