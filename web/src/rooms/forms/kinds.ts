/** The kinds of fields as a designer's palette shows them. */
import type { IconName } from "@/kit";

const BASIC = [
  "text",
  "long_text",
  "number",
  "money",
  "percent",
  "date",
  "datetime",
  "yes_no",
  "select",
  "multi_select",
  "rating",
  "nps",
  "person",
  "persons",
  "department",
] as const;
const CONTACT = ["phone", "mail", "link", "address", "attachment", "image", "certificate", "signature"] as const;
const LINKED = ["relation", "relations", "formula", "auto_number"] as const;
export type FieldKind = (typeof BASIC | typeof CONTACT | typeof LINKED)[number];
/** what may be dragged: a kind, a formula with its text begun, or a part of the layout */
export type Piece = FieldKind | "lookup" | "rollup" | "sub_table" | "section" | "tab" | "words";

export const ICONS: Record<Piece, IconName> = {
  text: "text",
  long_text: "paragraph",
  number: "hash",
  money: "money",
  percent: "percent",
  date: "calendar",
  datetime: "clock",
  yes_no: "toggle",
  select: "choice",
  multi_select: "todo",
  rating: "star",
  nps: "gauge",
  person: "person",
  persons: "customer",
  department: "grid",
  phone: "phone",
  mail: "mail",
  link: "globe",
  address: "place",
  attachment: "clip",
  image: "image",
  certificate: "card",
  signature: "sign",
  relation: "link",
  relations: "gallery",
  formula: "formula",
  lookup: "search",
  rollup: "group",
  auto_number: "numbered",
  sub_table: "table",
  section: "section",
  tab: "folder",
  words: "quote",
};

/** What stands at the end of a field's box on a form. */
export const TRAILS: Partial<Record<FieldKind, IconName>> = {
  date: "calendar",
  datetime: "clock",
  select: "down",
  multi_select: "down",
  person: "down",
  persons: "down",
  department: "down",
  relation: "down",
  relations: "down",
  attachment: "clip",
  image: "image",
  certificate: "card",
  signature: "sign",
  phone: "phone",
  mail: "mail",
  link: "globe",
  address: "place",
};

export const PALETTE: readonly { group: string; pieces: readonly Piece[] }[] = [
  { group: "basic", pieces: BASIC },
  { group: "contact", pieces: CONTACT },
  { group: "linked", pieces: ["relation", "relations", "formula", "lookup", "rollup", "sub_table", "auto_number"] },
  { group: "layout", pieces: ["section", "tab", "words"] },
];

export const hasOptions = (kind: FieldKind) => kind === "select" || kind === "multi_select";
export const isLink = (kind: FieldKind) => kind === "relation" || kind === "relations";

const NEVER_UNIQUE: readonly FieldKind[] = [
  "long_text",
  "multi_select",
  "formula",
  "rating",
  "nps",
  "persons",
  "relations",
  "attachment",
  "image",
  "signature",
  "certificate",
];
const NO_DEFAULT: readonly FieldKind[] = ["formula", "attachment", "image", "signature", "certificate", "auto_number"];
export const mayBeUnique = (kind: FieldKind) => !NEVER_UNIQUE.includes(kind);
export const mayHaveDefault = (kind: FieldKind) => !NO_DEFAULT.includes(kind);

/** Without the attributes that are undefined. */
export function plain<T extends object>(thing: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(thing).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
