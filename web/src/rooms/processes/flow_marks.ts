/** What became of each step between two versions. Pure. */
import {
  isStart,
  type NodeTree,
  nodesOf,
  type ProcessTree,
  type StartTree,
  slotsOf,
  startKey,
  startsOf,
  waysOf,
  withAt,
} from "./flow_tree";

const mapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export type Mark = "added" | "changed" | "removed";

/** What a node or start says, but for where it stands and where it leads. */
const told = (one: NodeTree | StartTree, start: boolean) => {
  const { place: _, ...rest } = one as NodeTree;
  const bare = start
    ? rest
    : slotsOf(rest as NodeTree).reduceRight((node, slot) => withAt(node, slot, undefined), rest);
  return JSON.stringify(sorted(bare));
};
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : mapping(value)
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((k) => [k, sorted(value[k])]),
        )
      : value;

/**
 * What became of each node and start between two versions. Where it stands is no change; neither is that it leads to one
 * that came, or past one that went.
 */
export function marks(before: ProcessTree | null, after: ProcessTree): Map<string, Mark> {
  const found = new Map<string, Mark>();
  if (!before) return found;
  const all = (tree: ProcessTree) =>
    new Map<string, NodeTree | StartTree>([
      ...startsOf(tree).map((s): [string, StartTree] => [startKey(s.key), s]),
      ...nodesOf(tree).map((n): [string, NodeTree] => [n.key, n]),
    ]);
  const old = all(before);
  const now = all(after);
  for (const [key, one] of now) {
    const was = old.get(key);
    if (!was) found.set(key, "added");
    else if (told(was, isStart(key)) !== told(one, isStart(key))) found.set(key, "changed");
    else if (!isStart(key)) {
      const ways = waysOf(was as NodeTree);
      const relet = waysOf(one as NodeTree).some(({ slot, to }) => {
        const before = ways.find((w) => w.slot === slot)?.to ?? "";
        return before !== to && (to === "" || old.has(to)) && (before === "" || now.has(before));
      });
      if (relet) found.set(key, "changed");
    }
  }
  for (const key of old.keys()) if (!now.has(key)) found.set(key, "removed");
  return found;
}
