/** An edit of one record, without a screen: what changed, how it is sent, how two people's edits meet. */
import { shift } from "@/kit/format";
import type { Field, Form } from "@/rooms/forms";
import { valueKind } from "@/rooms/forms";
import { isRef, type RecordAnswer, type Value } from "./api";
import { sent, told } from "./special_model";

/** Collections as the overview has them: terms first, then in the order of its stream, the rest behind. */
export function inOrder(form: Pick<Form, "collections" | "overview">): Form["collections"] {
  const first = [form.overview?.terms?.of, ...(form.overview?.stream ?? [])];
  const place = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return [...form.collections].sort((a, b) => place(a.key) - place(b.key));
}

export interface Reached {
  key: string;
  form: Form;
  /** what ties its records to one of this form */
  path: string;
}

/** What the stream reaches through others, as far as the reader knows each form on the way: the payments of contracts. */
export function reachedBy(form: Form, forms: readonly Form[]): Reached[] {
  return (form.overview?.stream ?? []).flatMap((key) => {
    if (!key.includes(".")) return [];
    let at: Form | undefined = form;
    const back: string[] = [];
    for (const step of key.split(".")) {
      const one: Form["collections"][number] | undefined = at?.collections.find((c) => c.key === step);
      if (!one || one.sub_table) return [];
      back.unshift(one.field);
      at = forms.find((f) => f.key === one.form);
    }
    return at ? [{ key, form: at, path: back.join(".") }] : [];
  });
}

export type Values = Record<string, Value>;

export function same(a: Value | undefined, b: Value | undefined): boolean {
  const plain = (v: Value | undefined): unknown => {
    const blank = v === undefined || v === null || v === "" || (Array.isArray(v) && v.length === 0);
    return blank ? null : told(v);
  };
  return plain(a) === plain(b);
}

/** The fields that differ from what was read. */
export function changed(base: Values, edits: Values): Values {
  return Object.fromEntries(Object.entries(edits).filter(([key, value]) => !same(base[key], value)));
}

/** How a value travels to the server: a reference as its id, an amount as plain digits. */
export function toSend(form: Form, values: Values): Values {
  const out: Values = {};
  for (const [key, value] of Object.entries(values)) {
    const field = form.fields.find((f) => f.key === key);
    const kind = field ? valueKind(field) : "text";
    if (isRef(value)) out[key] = value.id;
    else if (typeof value === "object" && value !== null && kind !== "multi_select") out[key] = sent(value);
    else if (typeof value === "string" && (kind === "money" || kind === "number" || kind === "percent"))
      out[key] = value.trim() === "" ? null : typedNumber(value, kind === "percent");
    else if (typeof value === "string" && kind === "date") out[key] = value.trim() === "" ? null : typedDate(value);
    else out[key] = value === "" ? null : value;
  }
  return out;
}

const WORDS: Record<string, number> = { 万: 4, 亿: 8 };

/** `12万`, `￥1,234.50`, `１２０`, `15%` as plain digits; what is no number comes back as typed, for the server to refuse. */
export function typedNumber(typed: string, percent = false): string {
  const narrow = typed
    .normalize("NFKC")
    .replace(/[,\s¥￥元]/g, "")
    .replace("−", "-");
  const m = /^(-?\d*\.?\d+|-?\d+\.)([万亿%]?)$/.exec(narrow);
  if (!m?.[1]) return typed;
  const digits = m[1].replace(/\.$/, "");
  const unit = m[2] ?? "";
  if (unit === "%" || (percent && unit === "")) return tidy(shift(digits, -2));
  return unit ? tidy(shift(digits, WORDS[unit] ?? 0)) : digits;
}
const tidy = (text: string) => {
  const cut = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  const bare = cut.replace(/^(-?)0+(?=\d)/, "$1");
  return bare.startsWith(".") ? `0${bare}` : bare.replace("-.", "-0.");
};

const DATE = /^(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))$/;
/** `2026年3月1日`, `20260301`, `２０２６/3/1` as 2026-03-01; what is no date comes back as typed, for the server to refuse. */
export function typedDate(typed: string): string {
  const [, year, month, day, mm, dd] = DATE.exec(typed.normalize("NFKC").trim()) ?? [];
  const two = (text: string | undefined) => (text ?? "").padStart(2, "0");
  return year ? `${year}-${two(month ?? mm)}-${two(day ?? dd)}` : typed;
}

/** Which fields a person fills in, in the order of the form. */
export function writable(form: Form, record: RecordAnswer | null): Field[] {
  return form.fields.filter((f) => {
    if (f.kind === "formula") return false;
    if (record) return record.may.includes("update") && record.fields[f.key] === "write";
    return f.fill_in ?? f.grant === "write";
  });
}

export const missing = (fields: readonly Field[], values: Values): string[] =>
  fields
    .filter((f) => f.required && f.kind !== "auto_number" && !f.default && same(values[f.key], null))
    .map((f) => f.key);

// ---- two people

export interface StaleField {
  label: string;
  base: Value;
  theirs: Value;
  mine: Value;
  /** I sent this field */
  sent: boolean;
  /** both changed it, to different values */
  both: boolean;
}
export interface Stale {
  version: number;
  who: string;
  at: string;
  mergeable: boolean;
  fields: Record<string, StaleField>;
}

export function readStale(facts: Record<string, unknown>): Stale {
  return {
    version: Number(facts.version),
    who: String(facts.who ?? ""),
    at: String(facts.at ?? ""),
    mergeable: facts.mergeable === true,
    fields: (facts.fields ?? {}) as Record<string, StaleField>,
  };
}

export type Choice = "theirs" | "mine";

/** What to save after the choices: my value where I keep it, and everything of mine that nobody else touched. */
export function merged(stale: Stale, mine: Values, choices: Record<string, Choice>): Values {
  const out: Values = {};
  for (const [key, value] of Object.entries(mine)) {
    const field = stale.fields[key];
    if (!field?.both || choices[key] === "mine") out[key] = value;
  }
  return out;
}

export const undecided = (stale: Stale, choices: Record<string, Choice>): string[] =>
  Object.entries(stale.fields)
    .filter(([key, f]) => f.both && !choices[key])
    .map(([key]) => key);

// ---- drafts that survive a closed window

export interface Kept {
  /** of the record when the edit began: saving compares with it, so that a colleague's change is not lost */
  version: number | null;
  at: string;
  edits: Values;
}
/** Whose, of which form, of which record or of a new one at which other; a colleague at the same computer has their own. */
export interface DraftOf {
  account: string;
  form: string;
  id: number | null;
  at?: string;
}
const draftKey = (of: DraftOf) =>
  `perennial.draft.${of.account}.${of.form}.${of.id ?? "new"}${of.at ? `.${of.at}` : ""}`;
/** The records that a new one is given to point to, as `at` of its draft. */
export const givenAt = (given: Values | undefined): string =>
  Object.entries(given ?? {})
    .flatMap(([key, value]) => (isRef(value) ? [`${key}.${value.id}`] : []))
    .join(".");

export function keepDraft(of: DraftOf, version: number | null, edits: Values): void {
  if (Object.keys(edits).length === 0) dropDraft(of);
  else
    localStorage.setItem(draftKey(of), JSON.stringify({ version, at: new Date().toISOString(), edits } satisfies Kept));
}
export function keptDraft(of: DraftOf): Kept | null {
  try {
    const text = localStorage.getItem(draftKey(of));
    return text ? (JSON.parse(text) as Kept) : null;
  } catch {
    return null;
  }
}
export const dropDraft = (of: DraftOf) => localStorage.removeItem(draftKey(of));
