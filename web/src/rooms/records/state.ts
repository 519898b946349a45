/** A list's state is its address: filter, search, order, columns and the open record. */

import type { components } from "@/api/schema";
import type { Field, Form } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";
import type { Row, Shape, Sort } from "./api";

export type Tree = components["schemas"]["Tree"];
export type ListKind = Tree["kind"];
export type Colour = components["schemas"]["Colour"];

export interface ListState extends Omit<Shape, "colours"> {
  kind: ListKind;
  /** the field by which rows are grouped, or laid out on a board or calendar; the picture of a gallery */
  group: string | null;
  /** widths that somebody gave to columns, in px */
  widths: Readonly<Record<string, number>>;
  /** columns that stay when the table is scrolled sideways */
  frozen: readonly string[];
  colours: readonly Colour[];
  /** a day of the month or week that a calendar shows; null: today */
  day: string | null;
  span: "month" | "week";
  /** the saved view that the list was opened with */
  view: number | null;
  open: number | null;
  /** the part of the open record */
  tab: string;
  creating: boolean;
}

export function readSort(text: string): Sort[] {
  return text
    .split(",")
    .filter(Boolean)
    .map((part) =>
      part.startsWith("-") ? { field: part.slice(1), descending: true } : { field: part, descending: false },
    );
}
export const writeSort = (sort: readonly Sort[]) => sort.map((s) => (s.descending ? "-" : "") + s.field).join(",");

/** The form shows this field, or the related form does (`customer.health_score`), as far as this reader knows both. */
export function shows(form: Form, path: string, forms?: readonly Form[]): boolean {
  const [head, tail] = path.split(".");
  const own = form.fields.find((f) => f.key === head);
  if (!own || !tail || !own.to || !forms) return own !== undefined;
  return forms.find((f) => f.key === own.to)?.fields.some((f) => f.key === tail) ?? false;
}

/** Columns and fields that the form (no longer) shows are dropped, so that an old link still opens. */
export function readState(
  params: URLSearchParams,
  form: Form,
  usual = defaultColumns(form),
  forms?: readonly Form[],
): ListState {
  const has = (path: string) => shows(form, path, forms);
  const columns = (params.get("c") ?? "").split(",").filter((c) => c && has(c));
  const sort = readSort(params.get("s") ?? "").filter((s) => has(s.field));
  const open = Number(params.get("open"));
  const view = Number(params.get("v"));
  const asked = params.get("k") as ListKind | null;
  const by = form.fields.find((f) => f.key === params.get("g"));
  const kind = asked && fits(asked, by) ? asked : "table";
  const colours = params.getAll("h").flatMap(readColour);
  return {
    kind,
    group: by && fits(kind, by) ? by.key : null,
    widths: Object.fromEntries(
      (params.get("w") ?? "").split(",").flatMap((part) => {
        const [path = "", px] = part.split(":");
        return has(path) && Number(px) >= NARROWEST ? [[path, Math.min(Number(px), WIDEST)]] : [];
      }),
    ),
    frozen: (params.get("z") ?? "").split(",").filter((path) => path && has(path)),
    colours,
    day: /^\d{4}-\d{2}-\d{2}$/.test(params.get("d") ?? "") ? params.get("d") : null,
    span: params.get("y") === "week" ? "week" : "month",
    view: Number.isSafeInteger(view) && view > 0 ? view : null,
    filter: params.get("f") ?? "",
    search: params.get("q") ?? "",
    sort: sort.length ? sort : defaultSort(form),
    columns: columns.length ? columns : usual,
    open: Number.isSafeInteger(open) && open > 0 ? open : null,
    tab: params.get("tab") ?? "overview",
    creating: params.get("new") === "1",
  };
}

export const NARROWEST = 40;
export const WIDEST = 1200;

/** Fields that the server groups by. */
export const canGroup = (field: Field) =>
  ["select", "yes_no", "date", "person", "department", "relation"].includes(valueKind(field));
/** The kind of list can be laid out by the field. */
export function fits(kind: ListKind, by: Field | undefined): boolean {
  if (kind === "table") return by === undefined || canGroup(by);
  if (kind === "gallery") return by === undefined || (by.kind as string) === "image";
  return by !== undefined && valueKind(by) === (kind === "board" ? "select" : "date");
}

const LEVELS: readonly string[] = ["info", "warn", "urgent", "overdue", "brand"];
const writeColour = (one: Colour) => `${one.level}~${one.field ?? ""}~${one.when}`;
function readColour(text: string): Colour[] {
  const [level = "", field = "", ...when] = text.split("~");
  if (!LEVELS.includes(level) || !when.join("~")) return [];
  return [{ level: level as Colour["level"], field: field || null, when: when.join("~") }];
}
/** Two states of colours, or of widths, that say the same. */
export const writeColours = (colours: readonly Colour[]) => colours.map(writeColour);
export const writeWidths = (widths: Readonly<Record<string, number>>) =>
  Object.entries(widths)
    .map(([path, px]) => `${path}:${px}`)
    .sort()
    .join(",");

/** The address after a change; what equals the default is not written. */
export function writeState(
  params: URLSearchParams,
  form: Form,
  change: Partial<ListState>,
  usual = defaultColumns(form),
): URLSearchParams {
  const next = new URLSearchParams(params);
  const set = (name: string, value: string, usual: string) => {
    if (value && value !== usual) next.set(name, value);
    else next.delete(name);
  };
  if (change.filter !== undefined) set("f", change.filter, "");
  if (change.search !== undefined) set("q", change.search, "");
  if (change.sort !== undefined) set("s", writeSort(change.sort), writeSort(defaultSort(form)));
  if (change.columns !== undefined) set("c", change.columns.join(","), usual.join(","));
  if (change.kind !== undefined) set("k", change.kind, "table");
  if (change.group !== undefined) set("g", change.group ?? "", "");
  if (change.widths !== undefined) set("w", writeWidths(change.widths), "");
  if (change.frozen !== undefined) set("z", change.frozen.join(","), "");
  if (change.day !== undefined) set("d", change.day ?? "", "");
  if (change.span !== undefined) set("y", change.span, "month");
  if (change.colours !== undefined) {
    next.delete("h");
    for (const one of writeColours(change.colours)) next.append("h", one);
  }
  if (change.view !== undefined) set("v", change.view === null ? "" : String(change.view), "");
  if (change.open !== undefined) set("open", change.open === null ? "" : String(change.open), "");
  if (change.tab !== undefined) set("tab", change.tab, "overview");
  else if (change.open === null || change.creating) next.delete("tab");
  if (change.creating !== undefined) set("new", change.creating ? "1" : "", "");
  return next;
}

/** The address of a list with this filter: what every figure leads to. */
export function listAddress(form: string, filter?: string): string {
  return filter ? `/r/${form}?f=${encodeURIComponent(filter)}` : `/r/${form}`;
}

/** The date that a field of days left counts to, else null; the form's definition says so. */
export const daysLeftOf = (field: Field): string | null => field.counts?.date ?? null;
/** They still count: the contract has not come to its end in another way. */
export const counting = (field: Field, row: Row): boolean =>
  !field.counts?.during || row[field.counts.during] !== false;
/** What a row must bring along so that its days left can be shown. */
export const countedBy = (form: Form): string[] => form.fields.flatMap((f) => f.counts?.during ?? []);

export const isScore = (field: Field) => /(^|_)score$/.test(field.key) && valueKind(field) !== "money";

const MOST_COLUMNS = 9;
/** The name first, then what a card shows, then choices, in the order of the definition. */
export function defaultColumns(form: Form): string[] {
  const title = form.title && form.fields.some((f) => f.key === form.title) ? [form.title] : [];
  const wanted = new Set([...(form.card ?? [])]);
  const days = form.fields.filter((f) => daysLeftOf(f) !== null);
  for (const f of days) wanted.add(f.key);
  const plain = (f: Field) => f.kind !== "long_text" && f.kind !== "formula" && !title.includes(f.key);
  const byKind: ((f: Field) => boolean)[] = [(f) => f.kind === "select", plain];
  for (const fits of byKind) {
    if (form.card?.length && fits === plain) break;
    for (const f of form.fields) {
      if (wanted.size + title.length >= MOST_COLUMNS) break;
      if (fits(f) && !title.includes(f.key) && f.key !== "churn_reason" && f.key !== "intent") wanted.add(f.key);
    }
  }
  const order = form.fields.map((f) => f.key).filter((k) => wanted.has(k) && !title.includes(k));
  for (const f of days) {
    const date = daysLeftOf(f);
    if (!date || date === f.key || !order.includes(date)) continue;
    order.splice(order.indexOf(f.key), 1);
    order.splice(order.indexOf(date) + 1, 0, f.key);
  }
  return [...title, ...order];
}

/** The score of what a record belongs to: a contract's customer has a health. Null where nothing has one. */
export function relatedScore(form: Form, forms: readonly Form[]): string | null {
  if (form.fields.some(isScore)) return null;
  for (const f of form.fields) {
    if (f.kind !== "relation" || f.to === form.key || !form.card?.includes(f.key)) continue;
    const scores = forms.find((x) => x.key === f.to)?.fields.filter(isScore) ?? [];
    const told = forms.find((x) => x.key === f.to)?.card ?? [];
    const score = scores.find((s) => told.includes(s.key)); // the one its own card tells
    if (score) return `${f.key}.${score.key}`;
  }
  return null;
}

/** What a list shows by itself. */
export function usualColumns(form: Form, forms: readonly Form[]): string[] {
  const columns = defaultColumns(form);
  const score = relatedScore(form, forms);
  if (!score) return columns;
  const status = columns.indexOf("status");
  columns.splice(status < 0 ? columns.length : status + 1, 0, score);
  return columns;
}

export function defaultSort(form: Form): Sort[] {
  const end = form.fields.map(daysLeftOf).find((d) => d !== null);
  if (end && form.fields.some((f) => f.key === end)) return [{ field: end, descending: false }];
  const title = form.fields.find((f) => f.key === form.title);
  const date = form.fields.find((f) => f.kind === "date" || f.kind === "datetime");
  if (!title && date) return [{ field: date.key, descending: true }];
  return form.title ? [{ field: form.title, descending: false }] : [];
}

/** Money columns that are added up in the head and for a selection. */
export const sumColumns = (form: Form, columns: readonly string[]) =>
  columns.filter((c) => form.fields.some((f) => f.key === c && valueKind(f) === "money")).slice(0, 1);

/** Add amounts given as text, exactly. */
export function addUp(values: readonly unknown[]): string {
  let cents = 0n;
  for (const value of values) {
    const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value ?? ""));
    if (!m) continue;
    const n = BigInt((m[2] ?? "0") + (m[3] ?? "").padEnd(2, "0").slice(0, 2));
    cents += m[1] ? -n : n;
  }
  const minus = cents < 0n;
  const text = (minus ? -cents : cents).toString().padStart(3, "0");
  return `${minus ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
}
