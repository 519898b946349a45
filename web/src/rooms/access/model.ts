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

export const keyFrom = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);
