/** Two versions of a process: which ways came and went, and what each attribute was and is. Pure. */
import type { Mark } from "./flow_marks";
import {
  isStart,
  linkId,
  linksOf,
  type NodeTree,
  nodeOf,
  type ProcessTree,
  type StartTree,
  slotsOf,
  startOf,
  withAt,
} from "./flow_tree";

/** One thing that a step says. `list`: in which list, with its number: cases.0.when is of the first case. */
export interface Difference {
  attribute: string;
  list?: { name: string; n: number };
  before: unknown;
  after: unknown;
}

const SHOWN_ELSEWHERE = new Set(["key", "place", "nodes", "start", "process"]);
const LISTS = new Set(["cases", "outcomes"]);
const same = (a: unknown, b: unknown) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : value !== null && typeof value === "object"
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([k, v]) => [k, sorted(v)]),
        )
      : value;

function attributes(before: Record<string, unknown>, after: Record<string, unknown>): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => !SHOWN_ELSEWHERE.has(name) && !same(before[name], after[name]))
    .flatMap((name): Difference[] => {
      const [was, is] = [before[name], after[name]];
      if (!LISTS.has(name)) return [{ attribute: name, before: was, after: is }];
      const rows = (value: unknown) => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);
      const count = Math.max(rows(was).length, rows(is).length);
      return Array.from({ length: count }, (_, n) => n).flatMap((n) =>
        attributes(rows(was)[n] ?? {}, rows(is)[n] ?? {}).map((one) => ({ ...one, list: { name, n } })),
      );
    });
}

/** Without its ways, which are told as ways. */
const bare = (node: NodeTree): Record<string, unknown> =>
  slotsOf(node)
    .filter((slot) => !slot.startsWith("branches"))
    .reduceRight<NodeTree>((one, slot) => withAt(one, slot, undefined), node);

/** What a step or start says otherwise than before. Both must be there. */
export function differences(before: ProcessTree, after: ProcessTree, key: string): Difference[] {
  if (isStart(key)) {
    const [was, is] = [startOf(before, key), startOf(after, key)];
    return was && is ? attributes(was as StartTree, is as StartTree) : [];
  }
  const [was, is] = [nodeOf(before, key), nodeOf(after, key)];
  if (!was || !is) return [];
  const left = attributes({ ...bare(was), branches: undefined }, { ...bare(is), branches: undefined });
  return Array.isArray(was.nodes) || Array.isArray(is.nodes)
    ? [...left, ...(same(was.nodes, is.nodes) ? [] : [{ attribute: "nodes", before: was.nodes, after: is.nodes }])]
    : left;
}

/** Of the process as a whole. */
export const wholeDifferences = (before: ProcessTree, after: ProcessTree): Difference[] => attributes(before, after);

export interface WayChange {
  mark: Mark;
  from: string;
  to: string;
}
/** The ways that came, went, or lead there for another reason. */
export function wayChanges(before: ProcessTree, after: ProcessTree): Map<string, WayChange> {
  const all = (tree: ProcessTree) => new Map(linksOf(tree).map((l) => [linkId(l), l]));
  const [old, now] = [all(before), all(after)];
  const found = new Map<string, WayChange>();
  for (const [id, link] of now) {
    const was = old.get(id);
    if (!was) found.set(id, { mark: "added", from: link.from, to: link.to });
    else if (!same([...was.slots].sort(), [...link.slots].sort()))
      found.set(id, { mark: "changed", from: link.from, to: link.to });
  }
  for (const [id, link] of old) if (!now.has(id)) found.set(id, { mark: "removed", from: link.from, to: link.to });
  return found;
}
