/** A role's tree as the matrix edits it: pure, the tree in and the tree out. */

export const RIGHTS = ["read", "create", "update", "delete"] as const;
export const LEVELS = ["hidden", "masked", "read", "write"] as const;
export const SCOPES = ["own", "department", "department_below", "all"] as const;
export const EVERY = "*";
export type Right = (typeof RIGHTS)[number];
export type Level = (typeof LEVELS)[number];

export interface Grant {
  rows: string;
  rights: Right[];
  fields: Record<string, Level>;
}
export interface Tree {
  role: string;
  label: string;
  label_en?: string;
  may?: string[];
  menu?: string[];
  landing?: string;
  forms?: Record<string, Partial<Grant>>;
}

const whole = (grant: Partial<Grant>): Grant => ({
  rows: grant.rows ?? "all",
  rights: grant.rights ?? [],
  fields: grant.fields ?? {},
});

/** The roles of the many before those of the few: what concerns most people stands on top. */
export const mostHeldFirst = <R extends { holders: number }>(roles: readonly R[]): R[] =>
  [...roles].sort((a, b) => b.holders - a.holders);

/** What a role grants on a form: its own words, else those for every form; null when it grants nothing. */
export function grantOf(tree: Tree | null | undefined, form: string): Grant | null {
  const found = tree?.forms?.[form] ?? tree?.forms?.[EVERY];
  return found && (found.rights ?? []).length > 0 ? whole(found) : null;
}

/** The role says nothing of this form itself. */
export const isInherited = (tree: Tree | null | undefined, form: string) =>
  !tree?.forms?.[form] && !!tree?.forms?.[EVERY];

export const isCondition = (rows: string) => !(SCOPES as readonly string[]).includes(rows);

export function levelOf(grant: Grant | null, key: string, computed = false): Level {
  const level = grant?.fields[key] ?? grant?.fields[EVERY] ?? "hidden";
  return computed && level === "write" ? "read" : level;
}

/** With a grant of its own from now on. */
export function withGrant(tree: Tree, form: string, change: Partial<Grant>): Tree {
  const now = tree.forms?.[form] ?? tree.forms?.[EVERY] ?? { rows: "own", rights: [], fields: { "*": "read" } };
  return { ...tree, forms: { ...tree.forms, [form]: { ...whole(now), ...change } } };
}

/** Every other right needs reading: it comes with the first and takes the rest along. */
export function withRight(tree: Tree, form: string, right: Right, on: boolean): Tree {
  const now = new Set(grantOf(tree, form)?.rights ?? []);
  if (on) now.add(right).add("read");
  else if (right === "read") now.clear();
  else now.delete(right);
  return withGrant(tree, form, { rights: RIGHTS.filter((r) => now.has(r)) });
}

/** These fields at one level. What equals the rest is not named, unless it is computed: naming it says that it was decided. */
export function withLevels(
  tree: Tree,
  form: string,
  keys: readonly string[],
  level: Level,
  computed: ReadonlySet<string>,
): Tree {
  const grant = grantOf(tree, form);
  const fields = { ...(grant?.fields ?? {}) };
  for (const key of keys) {
    const wanted = computed.has(key) && level === "write" ? "read" : level;
    if (wanted === (fields[EVERY] ?? "hidden") && !computed.has(key)) delete fields[key];
    else fields[key] = wanted;
  }
  return withGrant(tree, form, { fields });
}

/** From one field to another in the order of the list, both included. */
export function range(keys: readonly string[], from: string | null, to: string): string[] {
  const [a, b] = [from === null ? -1 : keys.indexOf(from), keys.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  return keys.slice(Math.min(a, b), Math.max(a, b) + 1);
}

export function sameGrant(a: Grant | null, b: Grant | null): boolean {
  if (!a || !b) return a === b;
  const names = new Set([...Object.keys(a.fields), ...Object.keys(b.fields)]);
  return (
    a.rows === b.rows &&
    RIGHTS.every((r) => a.rights.includes(r) === b.rights.includes(r)) &&
    [...names].every((key) => a.fields[key] === b.fields[key])
  );
}

/** The draft says something else of this form than what is in force. */
export const cellChanged = (current: Tree | null, draft: Tree | null, form: string) =>
  draft !== null && !sameGrant(grantOf(current, form), grantOf(draft, form));

/** One thing that a draft changes: of a form its rows, rights or a field's level (`*`: the rest); without a form the role. */
export interface Change {
  what: "rows" | "rights" | "field" | "may" | "menu" | "label" | "label_en" | "landing";
  form?: string;
  field?: string;
  before: string | readonly string[] | null;
  after: string | readonly string[] | null;
}

/** What a draft says other than what is in force, form by form in the order given. Computed fields are never written. */
export function changesOf(
  current: Tree | null,
  draft: Tree | null,
  forms: readonly { key: string; fields: readonly { key: string; kind: string }[] }[],
): Change[] {
  if (!current || !draft) return [];
  const told: Change[] = [];
  for (const what of ["label", "label_en", "landing"] as const)
    if ((current[what] ?? "") !== (draft[what] ?? ""))
      told.push({ what, before: current[what] ?? null, after: draft[what] ?? null });
  for (const what of ["may", "menu"] as const) {
    const [a, b] = [current[what] ?? [], draft[what] ?? []];
    if ([...a].sort().join() !== [...b].sort().join()) told.push({ what, before: a, after: b });
  }
  for (const { key: form, fields } of forms) {
    const [a, b] = [grantOf(current, form), grantOf(draft, form)];
    if (sameGrant(a, b)) continue;
    const rights = (grant: Grant | null) => RIGHTS.filter((r) => grant?.rights.includes(r));
    if (rights(a).join() !== rights(b).join()) told.push({ what: "rights", form, before: rights(a), after: rights(b) });
    if (!a || !b) continue;
    if (a.rows !== b.rows) told.push({ what: "rows", form, before: a.rows, after: b.rows });
    if (levelOf(a, EVERY) !== levelOf(b, EVERY))
      told.push({ what: "field", form, field: EVERY, before: levelOf(a, EVERY), after: levelOf(b, EVERY) });
    for (const field of fields) {
      const [was, is] = [a, b].map((grant) => levelOf(grant, field.key, field.kind === "formula"));
      const named = a.fields[field.key] ?? b.fields[field.key];
      if (was !== is && named)
        told.push({ what: "field", form, field: field.key, before: was ?? null, after: is ?? null });
    }
  }
  return told;
}

/** Equal but for what says nothing: then no draft is needed. */
export function sameTree(a: Tree | null, b: Tree | null): boolean {
  const plain = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.length
        ? value.map(plain)
        : undefined
      : value && typeof value === "object"
        ? Object.fromEntries(
            Object.entries(value)
              .map(([key, v]) => [key, plain(v)] as const)
              .filter(([, v]) => v !== undefined && v !== "" && v !== null)
              .sort(([x], [y]) => (x < y ? -1 : 1)),
          )
        : value;
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

interface Named {
  key: string;
  label: string;
  to?: string | null;
}
interface NamedForm {
  key: string;
  fields: readonly Named[];
}

/** A condition in the names that people know: customer.csm = ME() -> [关联客户].[客户成功经理] = ME(). Texts stay as they are. */
export function inWords(
  formula: string,
  form: string,
  forms: readonly NamedForm[],
  label: (field: Named) => string,
): string {
  return formula.replace(
    /"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*(?![\p{L}\p{N}_]|\s*\()/gu,
    (path) => {
      let at: string | null | undefined = form;
      return path
        .split(".")
        .map((part) => {
          const field: Named | undefined = forms.find((f) => f.key === at)?.fields.find((f) => f.key === part);
          at = field?.to;
          return field ? `[${label(field)}]` : part;
        })
        .join(".");
    },
  );
}

export const keyFrom = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);
