/** The tree of a form as its draft holds it, and what a designer does to it. Pure: every act gives a new tree. */
import { type FieldKind, plain } from "./kinds";

export interface OptionTree {
  key: string;
  label: string;
  label_en?: string;
}
export interface FieldTree {
  key: string;
  label: string;
  kind: FieldKind;
  label_en?: string;
  required?: boolean;
  unique?: boolean;
  tracked?: boolean;
  stored?: boolean;
  default?: string;
  options?: (OptionTree | string)[];
  to?: string;
  reverse?: string;
  pattern?: string;
  formula?: string;
  type?: string;
  fresh_by?: string;
  format?: string;
  visible_when?: string;
  required_when?: string;
  read_only_when?: string;
  counts_down?: boolean;
  counts_down_while?: string;
  note?: string;
}
export interface CheckTree {
  formula: string;
  message: string;
  message_en?: string;
  field?: string;
}
export type CellTree = string | { field?: string; sub_table?: string; text?: string; text_en?: string; span?: number };
export interface SectionTree {
  section?: string;
  section_en?: string;
  columns?: number;
  closed?: boolean;
  rows: CellTree[][];
}
export interface TabTree {
  tab?: string;
  tab_en?: string;
  sections: SectionTree[];
}
export interface FormTree {
  form: string;
  label: string;
  label_en?: string;
  noun?: string;
  title?: string;
  owner?: string;
  note?: string;
  within?: string;
  unique?: string[][];
  card?: string[];
  fields: FieldTree[];
  checks?: CheckTree[];
  layout?: TabTree[];
  /** sub-tables that are drawn with it, by key; kept as drafts of their own */
  parts?: Record<string, FormTree>;
}

/** A cell with its place: sections flow, so a section is one list of cells and its rows follow from the columns. */
export interface Cell {
  field?: string;
  sub_table?: string;
  text?: string;
  text_en?: string;
  span: number;
}
export interface Section {
  label?: string;
  label_en?: string;
  columns: number;
  closed: boolean;
  cells: Cell[];
}
export interface Tab {
  label?: string;
  label_en?: string;
  sections: Section[];
}
export interface Spot {
  tab: number;
  section: number;
  cell: number;
}

export const COLUMNS = 2;
export const MOST_COLUMNS = 4;

function cellOf(tree: CellTree): Cell {
  return typeof tree === "string" ? { field: tree, span: 1 } : { ...tree, span: tree.span ?? 1 };
}

/** What stands where; fields that no cell names come in a last section, as everywhere. */
export function layoutOf(tree: { layout?: TabTree[]; fields: readonly { key: string }[] }): Tab[] {
  const tabs: Tab[] = (tree.layout ?? []).map((tab) => ({
    ...plain({ label: tab.tab, label_en: tab.tab_en }),
    sections: tab.sections.map((s) => ({
      ...plain({ label: s.section, label_en: s.section_en }),
      columns: s.columns ?? COLUMNS,
      closed: s.closed ?? false,
      cells: s.rows.flat().map(cellOf),
    })),
  }));
  const placed = new Set(tabs.flatMap((t) => t.sections.flatMap((s) => s.cells.map((c) => c.field))));
  const rest = tree.fields.filter((f) => !placed.has(f.key)).map((f): Cell => ({ field: f.key, span: 1 }));
  if (rest.length || tabs.length === 0) {
    const section: Section = { columns: COLUMNS, closed: false, cells: rest };
    if (tabs.length === 0) tabs.push({ sections: [section] });
    else tabs[tabs.length - 1]?.sections.push(section);
  }
  return tabs;
}

/** Cells in rows of as many columns; a cell is never wider than its section. */
export function rowsOf(section: Section): Cell[][] {
  const rows: Cell[][] = [];
  let left = 0;
  for (const cell of section.cells) {
    const span = Math.min(cell.span, section.columns);
    if (span > left) {
      rows.push([]);
      left = section.columns;
    }
    rows[rows.length - 1]?.push({ ...cell, span });
    left -= span;
  }
  return rows;
}

const isPlain = (tabs: readonly Tab[]): boolean => {
  const [tab] = tabs;
  const section = tab?.sections[0];
  if (!tab || !section) return true;
  return (
    tabs.length === 1 &&
    tab.sections.length === 1 &&
    !tab.label &&
    !section.label &&
    !section.closed &&
    section.columns === COLUMNS &&
    section.cells.every((c) => c.field !== undefined && c.span === 1)
  );
};

/** The tree with this layout; one plain section is just the order of the fields. */
export function withLayout(tree: FormTree, tabs: readonly Tab[]): FormTree {
  const { layout: _, ...rest } = tree;
  if (isPlain(tabs)) {
    const order = tabs.flatMap((t) => t.sections.flatMap((s) => s.cells.map((c) => c.field)));
    const fields = [...tree.fields].sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
    return { ...rest, fields };
  }
  const layout = tabs.map(
    (tab): TabTree => ({
      ...plain({ tab: tab.label, tab_en: tab.label_en }),
      sections: tab.sections.map((s) => ({
        ...plain({
          section: s.label,
          section_en: s.label_en,
          columns: s.columns === COLUMNS ? undefined : s.columns,
          closed: s.closed || undefined,
        }),
        rows: rowsOf(s).map((row) =>
          row.map(
            ({ span, ...cell }): CellTree =>
              cell.field !== undefined && span === 1
                ? cell.field
                : plain({ ...cell, span: span === 1 ? undefined : span }),
          ),
        ),
      })),
    }),
  );
  return { ...rest, layout };
}

const copyOf = (tabs: readonly Tab[]): Tab[] =>
  tabs.map((t) => ({ ...t, sections: t.sections.map((s) => ({ ...s, cells: s.cells.map((c) => ({ ...c })) })) }));

/** Change the layout by a function over a copy of it. */
export function laidOut(tree: FormTree, change: (tabs: Tab[]) => void): FormTree {
  const tabs = copyOf(layoutOf(tree));
  change(tabs);
  return withLayout(tree, tabs);
}

/** By what a cell is called: its field, or the rows of its sub-table. */
export const nameOf = (cell: Cell): string | undefined => cell.field ?? cell.sub_table;

export function spotOf(tabs: readonly Tab[], key: string): Spot | null {
  for (const [tab, t] of tabs.entries())
    for (const [section, s] of t.sections.entries()) {
      const cell = s.cells.findIndex((c) => nameOf(c) === key);
      if (cell >= 0) return { tab, section, cell };
    }
  return null;
}

/** The end of the last section of a tab. */
export function lastSpot(tabs: readonly Tab[], tab: number): Spot {
  const sections = tabs[tab]?.sections ?? [];
  const section = Math.max(0, sections.length - 1);
  return { tab, section, cell: sections[section]?.cells.length ?? 0 };
}

export const fieldOf = (tree: FormTree, key: string): FieldTree | undefined => tree.fields.find((f) => f.key === key);

/** A key that is not taken: `date_1`, `date_2`; keys of kinds alone may be reserved words. */
export function freeKey(tree: FormTree, wanted: string, never?: { has: (key: string) => boolean }): string {
  const taken = new Set(tree.fields.map((f) => f.key));
  const stem = wanted.replace(/_\d+$/, "");
  let key = wanted;
  for (let n = 2; taken.has(key) || never?.has(key); n++) key = `${stem}_${n}`;
  return key;
}

/** A field more, at its place. The first one that can name a record does. */
export function added(tree: FormTree, field: FieldTree, at: Spot): FormTree {
  const naming = field.kind === "text" || field.kind === "auto_number";
  const more: FormTree = {
    ...tree,
    fields: [...tree.fields, field],
    ...(tree.title === undefined && naming ? { title: field.key } : {}),
  };
  const tabs = copyOf(layoutOf(tree));
  tabs[at.tab]?.sections[at.section]?.cells.splice(at.cell, 0, { field: field.key, span: 1 });
  return withLayout(more, tabs);
}

/** Without a field or a sub-table; what the form itself said of it goes with it. */
export function without(tree: FormTree, key: string): FormTree {
  const tabs = copyOf(layoutOf(tree));
  for (const t of tabs) for (const s of t.sections) s.cells = s.cells.filter((c) => nameOf(c) !== key);
  const unique = tree.unique?.map((keys) => keys.filter((k) => k !== key)).filter((keys) => keys.length > 1);
  const card = tree.card?.filter((k) => k !== key);
  const parts = Object.entries(tree.parts ?? {}).filter(([, one]) => !one.fields.some((f) => f.reverse === key));
  const { title, owner, unique: _u, card: _c, parts: _p, ...rest } = tree;
  const less: FormTree = {
    ...rest,
    ...(title !== undefined && title !== key ? { title } : {}),
    ...(owner !== undefined && owner !== key ? { owner } : {}),
    ...(unique?.length ? { unique } : {}),
    ...(card?.length ? { card } : {}),
    ...(parts.length ? { parts: Object.fromEntries(parts) } : {}),
    fields: tree.fields.filter((f) => f.key !== key),
  };
  return withLayout(less, tabs);
}

/** A field to another place; `to` is counted before it is taken out. */
export function moved(tree: FormTree, key: string, to: Spot): FormTree {
  return laidOut(tree, (tabs) => {
    const from = spotOf(tabs, key);
    if (!from) return;
    const source = tabs[from.tab]?.sections[from.section];
    const [cell] = source?.cells.splice(from.cell, 1) ?? [];
    if (!cell) return;
    const same = from.tab === to.tab && from.section === to.section && from.cell < to.cell;
    tabs[to.tab]?.sections[to.section]?.cells.splice(same ? to.cell - 1 : to.cell, 0, cell);
  });
}

/** One step with an arrow key: within the section, then into the next one. */
export function nudged(tree: FormTree, key: string, way: "left" | "right" | "up" | "down"): FormTree {
  const tabs = layoutOf(tree);
  const at = spotOf(tabs, key);
  const section = at && tabs[at.tab]?.sections[at.section];
  if (!at || !section) return tree;
  const by = way === "left" ? -1 : way === "right" ? 1 : way === "up" ? -section.columns : section.columns;
  const target = at.cell + by;
  if (target >= 0 && target < section.cells.length)
    return moved(tree, key, { ...at, cell: by > 0 ? target + 1 : target });
  const other = tabs[at.tab]?.sections[at.section + Math.sign(by)];
  if (other)
    return moved(tree, key, { ...at, section: at.section + Math.sign(by), cell: by > 0 ? 0 : other.cells.length });
  return moved(tree, key, { ...at, cell: by > 0 ? section.cells.length : 0 });
}

/** The field with some attributes changed; undefined, "" and false take one away. */
export function changed(
  tree: FormTree,
  key: string,
  patch: { [K in keyof FieldTree]?: FieldTree[K] | undefined },
): FormTree {
  return {
    ...tree,
    fields: tree.fields.map((f) => (f.key === key ? (kept({ ...f, ...patch }) as FieldTree) : f)),
  };
}

/** The form with some attributes changed. */
export function formChanged(tree: FormTree, patch: { [K in keyof FormTree]?: FormTree[K] | undefined }): FormTree {
  return kept({ ...tree, ...patch }, ["fields", "label", "form"]) as FormTree;
}

function kept(thing: object, always: readonly string[] = ["label", "key", "kind", "formula"]): object {
  return Object.fromEntries(
    Object.entries(thing).filter(
      ([name, value]) =>
        always.includes(name) ||
        !(value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0)),
    ),
  );
}

const WORD = /"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*(?:\s*\.\s*[\p{L}_][\p{L}\p{N}_]*)*/gu;

/** A formula after a field of its form got another key; texts in quotes and fields of other forms stay. */
export function renamedIn(text: string, before: string, after: string): string {
  return text.replace(WORD, (word) => {
    if (word.startsWith('"')) return word;
    const dot = word.search(/[\s.]/);
    const head = dot < 0 ? word : word.slice(0, dot);
    return head === before ? after + (dot < 0 ? "" : word.slice(dot)) : word;
  });
}

const FORMULAS = [
  "formula",
  "default",
  "visible_when",
  "required_when",
  "read_only_when",
  "counts_down_while",
] as const;

/** The form after a field that nobody has published yet got another key: every place that names it follows. */
export function rekeyed(tree: FormTree, before: string, after: string): FormTree {
  if (before === after || !after) return tree;
  const key = (k: string) => (k === before ? after : k);
  const formula = (text: string) => renamedIn(text, before, after);
  const cell = (c: CellTree): CellTree =>
    typeof c === "string" ? key(c) : c.field === undefined ? c : { ...c, field: key(c.field) };
  const fields = tree.fields.map((f) => {
    const out: FieldTree = { ...f, key: key(f.key) };
    for (const name of FORMULAS) {
      const text = out[name];
      if (text !== undefined) out[name] = formula(text);
    }
    return out;
  });
  return {
    ...tree,
    fields,
    ...plain({
      title: tree.title && key(tree.title),
      owner: tree.owner && key(tree.owner),
      unique: tree.unique?.map((keys) => keys.map(key)),
      card: tree.card?.map(key),
      checks: tree.checks?.map((c) => ({
        ...c,
        formula: formula(c.formula),
        ...plain({ field: c.field && key(c.field) }),
      })),
      layout: tree.layout?.map((t) => ({
        ...t,
        sections: t.sections.map((s) => ({ ...s, rows: s.rows.map((row) => row.map(cell)) })),
      })),
    }),
  };
}

/** The field that a problem's path points at: `fields[3].formula`, `fields.amount`, `contract.fields[3].formula`. */
export function fieldAt(tree: FormTree, path: string): { field: FieldTree; attribute: string } | null {
  const hit = /(?:^|\.)fields(?:\[(\d+)\]|\.([a-z0-9_]+))\.?(\w*)/.exec(path);
  if (!hit) return null;
  const field = hit[1] !== undefined ? tree.fields[Number(hit[1])] : fieldOf(tree, hit[2] ?? "");
  return field ? { field, attribute: hit[3] ?? "" } : null;
}

/** A tree with the attribute at a path such as `fields[3].formula` replaced: a fix of one click. */
export function put(tree: FormTree, path: string, value: string): FormTree {
  const steps = path.split(/[.[\]]+/).filter(Boolean);
  const go = (node: unknown, at: number): unknown => {
    const step = steps[at];
    if (step === undefined) return value;
    if (Array.isArray(node)) return node.map((one, i) => (i === Number(step) ? go(one, at + 1) : one));
    const thing = (node ?? {}) as Record<string, unknown>;
    return { ...thing, [step]: go(thing[step], at + 1) };
  };
  return go(tree, 0) as FormTree;
}

export const optionsOf = (field: FieldTree): OptionTree[] =>
  (field.options ?? []).map((o) => (typeof o === "string" ? { key: o, label: o } : o));
