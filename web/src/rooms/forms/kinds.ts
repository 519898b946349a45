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
  text: "edit",
  long_text: "list",
  number: "sort",
  money: "money",
  percent: "gauge",
  date: "calendar",
  datetime: "clock",
  yes_no: "checkCircle",
  select: "down",
  multi_select: "todo",
  rating: "spark",
  nps: "report",
  person: "person",
  persons: "people",
  department: "grid",
  phone: "phone",
  mail: "mail",
  link: "globe",
  address: "home",
  attachment: "download",
  image: "image",
  certificate: "card",
  signature: "edit",
  relation: "link",
  relations: "link",
  formula: "formula",
  lookup: "search",
  rollup: "group",
  auto_number: "copy",
  sub_table: "table",
  section: "archive",
  tab: "columns",
  words: "chat",
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
