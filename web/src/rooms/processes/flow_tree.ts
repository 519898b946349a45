/**
 * A process as it is drawn: the tree that is published, and every act on it. Pure, so that it is tested without a browser.
 *
 * A way out of a node is a slot: the path of the attribute that says where it leads (`next`, `cases.0.next`, `otherwise`).
 * Several ways between the same two nodes are one link with several slots.
 */

export interface NodeTree {
  key: string;
  kind: string;
  label?: string;
  label_en?: string;
  note?: string;
  /** where a person put it; absent: where the layout puts it */
  place?: [number, number];
  [attribute: string]: unknown;
}
export interface StartTree {
  key: string;
  kind: string;
  label?: string;
  label_en?: string;
  [attribute: string]: unknown;
}
export interface ProcessTree {
  process: string;
  label: string;
  label_en?: string;
  form: string;
  start?: StartTree[];
  nodes?: NodeTree[];
  [attribute: string]: unknown;
}

export interface Way {
  slot: string;
  /** '' ends the branch */
  to: string;
  /** as its author called it */
  label: string;
}
export interface Link {
  from: string;
  to: string;
  slots: string[];
}

export const END = "end";
const START = "start:";
export const startKey = (key: string) => `${START}${key}`;
export const isStart = (key: string) => key.startsWith(START);

const listOf = <T>(value: unknown): T[] =>
  Array.isArray(value) ? (value.filter((one) => typeof one === "object" && one !== null) as T[]) : [];
const mapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What can be shown of a draft, whatever stands in it. */
export const nodesOf = (tree: ProcessTree): NodeTree[] =>
  listOf<NodeTree>(tree.nodes).filter((n) => typeof n.key === "string" && typeof n.kind === "string");
export const startsOf = (tree: ProcessTree): StartTree[] =>
  listOf<StartTree>(tree.start).filter((s) => typeof s.key === "string");
export const nodeOf = (tree: ProcessTree, key: string) => nodesOf(tree).find((n) => n.key === key);
export const startOf = (tree: ProcessTree, key: string) => startsOf(tree).find((s) => startKey(s.key) === key);

/** The value at a path such as `cases.0.next`. */
export function at(thing: unknown, path: string): unknown {
  let found: unknown = thing;
  for (const step of path.split(".")) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (mapping(found)) found = found[step];
    else return undefined;
  }
  return found;
}

/** The same thing with another value at a path; `undefined` and '' take it away. */
export function withAt<T>(thing: T, path: string, value: unknown): T {
  const [step = "", ...rest] = path.split(".");
  const gone = value === undefined || value === "";
  if (Array.isArray(thing)) {
    const n = Number(step);
    const items = thing as unknown[];
    if (rest.length === 0 && gone) return items.filter((_, i) => i !== n) as T;
    return items.map((one, i) => (i === n ? (rest.length ? withAt(one, rest.join("."), value) : value) : one)) as T;
  }
  const own = { ...(mapping(thing) ? thing : {}) } as Record<string, unknown>;
  if (rest.length) own[step] = withAt(own[step], rest.join("."), value);
  else if (gone) delete own[step];
  else own[step] = value;
  return own as T;
}

const many = (node: NodeTree, name: string) => listOf<Record<string, unknown>>(node[name]);
const decides = (node: NodeTree) => node.kind === "condition" || node.kind === "inclusive";

/** The slots of a node, taken or free, in the order in which its ways are told. */
export function slotsOf(node: NodeTree): string[] {
  if (node.kind === "end") return [];
  const each = (name: string) => many(node, name).map((_, i) => `${name}.${i}.next`);
  const slots = [...each("cases"), ...each("outcomes"), ...each("ways")];
  if (Array.isArray(node.branches)) slots.push(...node.branches.map((_, i) => `branches.${i}`));
  if (decides(node)) slots.push("otherwise");
  else if (node.kind === "approval") slots.push("approved", "rejected");
  else if (slots.length === 0 && node.kind !== "parallel") slots.push("next");
  if (node.kind === "wait" && (node.met || node.arrives || node.hook) && (node.limit_days || node.limit_workdays))
    slots.push("on_limit");
  if ((node.kind === "task" || node.kind === "sub") && (node.timeout_days || node.timeout_workdays))
    slots.push("on_timeout");
  if (node.kind === "webhook") slots.push("on_error");
  if (typeof node.error === "string") slots.push("error");
  return slots;
}

const target = (node: NodeTree, slot: string): string => {
  const to = at(node, slot);
  return typeof to === "string" && to !== END ? to : "";
};

export const waysOf = (node: NodeTree): Way[] =>
  slotsOf(node).map((slot) => {
    const owner = slot.endsWith(".next") ? at(node, slot.slice(0, -5)) : undefined;
    const label = mapping(owner) && typeof owner.label === "string" ? owner.label : "";
    return { slot, to: target(node, slot), label };
  });

/** What leads where, starts included; several ways between the same two are one. What is not there leads nowhere. */
export function linksOf(tree: ProcessTree): Link[] {
  const nodes = nodesOf(tree);
  const known = new Set(nodes.map((n) => n.key));
  const first = nodes[0]?.key;
  const links = new Map<string, Link>();
  if (first) for (const s of startsOf(tree)) links.set(s.key, { from: startKey(s.key), to: first, slots: [] });
  const all = [...links.values()];
  for (const node of nodes)
    for (const { slot, to } of waysOf(node)) {
      if (!known.has(to)) continue;
      const found = all.find((l) => l.from === node.key && l.to === to);
      if (found) found.slots.push(slot);
      else all.push({ from: node.key, to, slots: [slot] });
    }
  return all;
}
export const linkId = (link: { from: string; to: string }) => `${link.from}>${link.to}`;
export const linkOf = (tree: ProcessTree, id: string) => linksOf(tree).find((l) => linkId(l) === id);

// -- acts: each gives another tree

export function changed(tree: ProcessTree, key: string, change: (node: NodeTree) => NodeTree): ProcessTree {
  return { ...tree, nodes: nodesOf(tree).map((n) => (n.key === key ? change(n) : n)) };
}
export const setAt = (tree: ProcessTree, key: string, path: string, value: unknown) =>
  changed(tree, key, (node) => withAt(node, path, value));
export function startChanged(tree: ProcessTree, key: string, change: (s: StartTree) => StartTree): ProcessTree {
  return { ...tree, start: startsOf(tree).map((s) => (startKey(s.key) === key ? change(s) : s)) };
}

/** A key that nothing in the process has yet. */
export function freeKey(tree: ProcessTree, kind: string, besides: ReadonlySet<string> = new Set()): string {
  const stem = kind.replace(/_\d+$/, "");
  const taken = new Set([...nodesOf(tree).map((n) => n.key), ...startsOf(tree).map((s) => s.key), ...besides, END]);
  let n = 1;
  while (taken.has(`${stem}_${n}`)) n++;
  return `${stem}_${n}`;
}

const emptySlot = (node: NodeTree, slot: string) => {
  const to = at(node, slot);
  return to === undefined || to === "" || (to === END && slot === "next");
};

/** The slot that goes on in the main direction. */
export function mainSlot(node: NodeTree): string | null {
  if (decides(node)) return "otherwise";
  if (node.kind === "parallel") return "branches.0";
  return slotsOf(node)[0] ?? null;
}

/** The node leads on to `to`. */
function leading(node: NodeTree, to: string): NodeTree {
  if (!to) return node;
  if (node.kind === "parallel") {
    const branches = Array.isArray(node.branches) ? (node.branches as unknown[]) : [];
    return { ...node, branches: [...branches, to] };
  }
  const slot = mainSlot(node);
  return slot ? withAt(node, slot, to) : node;
}

/** A new node stands on a way; what the way led to follows it. */
export function inserted(tree: ProcessTree, link: Link, fresh: NodeTree): ProcessTree {
  const node = leading(fresh, link.to);
  if (isStart(link.from)) return { ...tree, nodes: [node, ...nodesOf(tree)] };
  const nodes = nodesOf(tree).flatMap((n) => {
    if (n.key !== link.from) return [n];
    const before = link.slots.reduce((one, slot) => withAt(one, slot, node.key), n);
    return [before, node];
  });
  return { ...tree, nodes };
}

/** A new node behind another: at its free way, else between it and what follows. */
export function addedAfter(tree: ProcessTree, after: string | null, fresh: NodeTree): ProcessTree {
  const nodes = nodesOf(tree);
  if (after && isStart(after)) {
    const first = nodes[0]?.key ?? "";
    return { ...tree, nodes: [leading(fresh, first), ...nodes] };
  }
  const before = after ? nodeOf(tree, after) : undefined;
  if (!before) return { ...tree, nodes: [...nodes, fresh] };
  const slots = slotsOf(before);
  const free = slots.find((slot) => emptySlot(before, slot));
  const link = linksOf(tree).find((l) => l.from === before.key && l.slots.includes(mainSlot(before) ?? ""));
  if (!free && link) return inserted(tree, link, fresh);
  const behind = nodes.flatMap((n) => (n.key === before.key ? [n, fresh] : [n]));
  return connected({ ...tree, nodes: behind }, before.key, fresh.key);
}

/** `from` leads to `to`: at its first free way, at a new one where it may have more, else instead of its main one. */
export function connected(tree: ProcessTree, from: string, to: string): ProcessTree {
  if (isStart(from)) return asFirst(tree, to);
  const node = nodeOf(tree, from);
  if (!node || !nodeOf(tree, to) || waysOf(node).some((w) => w.to === to)) return tree;
  const free = slotsOf(node).find((slot) => emptySlot(node, slot));
  if (free) return setAt(tree, from, free, to);
  if (node.kind === "parallel") return changed(tree, from, (n) => leading(n, to));
  if (decides(node)) return changed(tree, from, (n) => ({ ...n, cases: [...many(n, "cases"), { next: to }] }));
  const slot = mainSlot(node);
  return slot ? setAt(tree, from, slot, to) : tree;
}

/** The process begins with this node. */
export function asFirst(tree: ProcessTree, key: string): ProcessTree {
  const nodes = nodesOf(tree);
  const node = nodes.find((n) => n.key === key);
  return node ? { ...tree, nodes: [node, ...nodes.filter((n) => n !== node)] } : tree;
}

/** The same ways lead to another node. */
export function led(tree: ProcessTree, link: Link, to: string): ProcessTree {
  if (isStart(link.from)) return asFirst(tree, to);
  if (!nodeOf(tree, to)) return tree;
  return changed(tree, link.from, (node) => link.slots.reduce((one, slot) => withAt(one, slot, to), node));
}

/** Nothing leads there any longer; the rest of a condition ends the branch, for it must say something. */
export function unlinked(tree: ProcessTree, link: Link): ProcessTree {
  if (isStart(link.from)) return tree;
  const last = [...link.slots].reverse(); // a branch that goes moves those behind it
  return changed(tree, link.from, (node) =>
    last.reduce((one, slot) => withAt(one, slot, slot === "otherwise" ? END : undefined), node),
  );
}

/** Without a node: what led to it leads to what followed it, where that was one. */
export function without(tree: ProcessTree, key: string): ProcessTree {
  if (isStart(key)) return { ...tree, start: startsOf(tree).filter((s) => startKey(s.key) !== key) };
  const gone = nodeOf(tree, key);
  if (!gone) return tree;
  const behind = [...new Set(waysOf(gone).map((w) => w.to))].filter((to) => to && to !== key && nodeOf(tree, to));
  const bridge = behind.length === 1 ? (behind[0] ?? "") : "";
  const wasFirst = nodesOf(tree)[0]?.key === key;
  let next: ProcessTree = tree;
  for (const link of linksOf(tree)) {
    if (link.to !== key || isStart(link.from) || link.from === key) continue;
    next = bridge && bridge !== link.from ? led(next, link, bridge) : unlinked(next, link);
  }
  next = { ...next, nodes: nodesOf(next).filter((n) => n.key !== key) };
  if (next.then === key) next = withAt(next, "then", bridge);
  next = { ...next, start: startsOf(next).map((s) => (s.touched === key ? withAt(s, "touched", bridge) : s)) };
  if (tree.start === undefined) delete next.start;
  return wasFirst && bridge ? asFirst(next, bridge) : next;
}

/** Copies with keys of their own; ways among them stay, others are cut. */
export function pasted(tree: ProcessTree, copies: readonly NodeTree[]): { tree: ProcessTree; keys: string[] } {
  const names = new Map<string, string>();
  for (const one of copies) names.set(one.key, freeKey(tree, one.key, new Set(names.values())));
  const fresh = copies.map((one) => {
    let node: NodeTree = { ...one, key: names.get(one.key) ?? one.key };
    for (const { slot, to } of [...waysOf(one)].reverse()) {
      if (to) node = withAt(node, slot, names.get(to) ?? (slot === "otherwise" ? END : undefined));
    }
    if (typeof one.of === "string") node.of = names.get(one.of) ?? one.of;
    if (Array.isArray(one.nodes)) node.nodes = one.nodes.map((key) => names.get(String(key)) ?? key);
    if (one.place) node.place = [one.place[0] + 24, one.place[1] + 24];
    return node;
  });
  return { tree: { ...tree, nodes: [...nodesOf(tree), ...fresh] }, keys: fresh.map((n) => n.key) };
}

export function placed(tree: ProcessTree, places: ReadonlyMap<string, [number, number]>): ProcessTree {
  return {
    ...tree,
    nodes: nodesOf(tree).map((n) => {
      const place = places.get(n.key);
      return place ? { ...n, place } : n;
    }),
  };
}
/** Every node stands where the layout puts it. */
export const laidOut = (tree: ProcessTree): ProcessTree => ({
  ...tree,
  nodes: nodesOf(tree).map(({ place: _, ...n }) => n as NodeTree),
});

/** The node or start that a problem's path leads into, such as `nodes[3].cases[0].when`. */
export function keyAt(tree: ProcessTree, path: string): string | null {
  const found = /^(nodes|start)\[(\d+)\]/.exec(path);
  if (!found) return null;
  const list = found[1] === "nodes" ? listOf<NodeTree>(tree.nodes) : listOf<StartTree>(tree.start);
  const one = list[Number(found[2])];
  if (!one) return null;
  return found[1] === "nodes" ? one.key : startKey(one.key);
}

/** A field that a task asks for: as one likes, always, or of records where a condition holds. */
export type FillTree = string | { field: string; when: string };
export interface Fill {
  field: string;
  must: "no" | "yes" | "when";
  when: string;
}
export const readFill = (value: unknown): Fill[] =>
  (Array.isArray(value) ? (value as unknown[]) : []).map((one) =>
    mapping(one)
      ? { field: String(one.field ?? ""), must: "when", when: String(one.when ?? "") }
      : { field: String(one).replace(/!$/, ""), must: String(one).endsWith("!") ? "yes" : "no", when: "" },
  );
export const asFill = ({ field, must, when }: Fill): FillTree =>
  must === "when" ? { field, when } : must === "yes" ? `${field}!` : field;
