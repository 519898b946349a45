/**
 * Where the nodes of a process stand: top-down, one row per step, branches side by side.
 *
 * A node's row is its longest way from the beginning (ways back do not count); it stands under the first node that leads
 * to it, and a node over several branches stands over their middle. Pure, so that it is tested without a browser.
 */

/** What is laid out: a published picture, or what is drawn. */
export interface Shape {
  start: readonly { key: string }[];
  first: string;
  nodes: readonly { key: string }[];
  edges: readonly { from: string; to: string; label: string }[];
}
export interface Link {
  from: string;
  to: string;
  labels: string[];
  /** leads back to a row above */
  back: boolean;
}
export interface Place {
  key: string;
  x: number;
  y: number;
}
export interface Layout {
  places: Place[];
  links: Link[];
}

export const WIDTH = 216;
export const HEIGHT = 58;
export const GAP_X = 20;
export const GAP_Y = 56;

/** Several ways between the same two nodes are one line with several words. */
function links(picture: Shape): Link[] {
  const out = new Map<string, Link>();
  const add = (from: string, to: string, label: string) => {
    const key = `${from}>${to}`;
    const found = out.get(key) ?? { from, to, labels: [], back: false };
    if (label && !found.labels.includes(label)) found.labels.push(label);
    out.set(key, found);
  };
  for (const start of picture.start) add(startKey(start.key), picture.first, "");
  for (const edge of picture.edges) add(edge.from, edge.to, edge.label);
  return [...out.values()];
}

export const startKey = (key: string) => `start:${key}`;

export function layout(picture: Shape): Layout {
  const all = links(picture);
  const keys = [...picture.start.map((s) => startKey(s.key)), ...picture.nodes.map((n) => n.key)];
  const from = new Map(keys.map((k) => [k, all.filter((l) => l.from === k)]));

  markBack(keys, from);
  const rows = rowsOf(keys, all);
  const parent = new Map<string, string>();
  for (const link of all) {
    if (link.back || parent.has(link.to) || rows.get(link.to) !== (rows.get(link.from) ?? 0) + 1) continue;
    parent.set(link.to, link.from);
  }
  const x = columns(keys, parent, rows);
  return {
    places: keys.map((key) => ({
      key,
      x: (x.get(key) ?? 0) * (WIDTH + GAP_X),
      y: (rows.get(key) ?? 0) * (HEIGHT + GAP_Y),
    })),
    links: all,
  };
}

/** Walk once; what leads to a node that is still being walked leads back. */
function markBack(keys: readonly string[], from: ReadonlyMap<string, Link[]>) {
  const state = new Map<string, "open" | "done">();
  const walk = (key: string) => {
    state.set(key, "open");
    for (const link of from.get(key) ?? []) {
      if (state.get(link.to) === "open") link.back = true;
      else if (!state.has(link.to)) walk(link.to);
    }
    state.set(key, "done");
  };
  for (const key of keys) if (!state.has(key)) walk(key);
}

function rowsOf(keys: readonly string[], all: readonly Link[]): Map<string, number> {
  const rows = new Map(keys.map((k) => [k, 0]));
  // as many rounds as there are nodes is enough: without ways back there is no cycle
  for (let round = 0; round < keys.length; round++) {
    let moved = false;
    for (const link of all) {
      const below = (rows.get(link.from) ?? 0) + 1;
      if (!link.back && (rows.get(link.to) ?? 0) < below) {
        rows.set(link.to, below);
        moved = true;
      }
    }
    if (!moved) break;
  }
  return rows;
}

interface Block {
  /** columns of the nodes of this branch, its first node at 0 */
  x: Map<string, number>;
  /** per row the leftmost and rightmost of them */
  left: Map<number, number>;
  right: Map<number, number>;
}

/** Branches stand as close as their rows allow; a node stands over the middle of what hangs below it. */
function columns(
  keys: readonly string[],
  parent: ReadonlyMap<string, string>,
  rows: ReadonlyMap<string, number>,
): Map<string, number> {
  const block = (key: string): Block => {
    const below = beside(keys.filter((k) => parent.get(k) === key).map(block));
    const row = rows.get(key) ?? 0;
    const { x, left, right } = below.block;
    const middle = below.at.length ? ((below.at[0] ?? 0) + (below.at.at(-1) ?? 0)) / 2 : 0;
    x.set(key, middle);
    left.set(row, middle);
    right.set(row, middle);
    return moved(below.block, -middle);
  };
  return beside(keys.filter((k) => !parent.has(k)).map(block)).block.x;
}

const moved = (one: Block, by: number): Block => {
  const shift = <K>(of: Map<K, number>) => new Map([...of].map(([k, v]): [K, number] => [k, v + by]));
  return { x: shift(one.x), left: shift(one.left), right: shift(one.right) };
};

/** Blocks from left to right, none over another in any row; `at` is where each begins. */
function beside(blocks: readonly Block[]): { block: Block; at: number[] } {
  const all: Block = { x: new Map(), left: new Map(), right: new Map() };
  const at: number[] = [];
  for (const one of blocks) {
    let by = at.length ? (at.at(-1) ?? 0) + 1 : 0;
    for (const [row, left] of one.left) by = Math.max(by, (all.right.get(row) ?? Number.NEGATIVE_INFINITY) + 1 - left);
    const placed = moved(one, by);
    at.push(by);
    for (const [key, value] of placed.x) all.x.set(key, value);
    for (const [row, value] of placed.left) all.left.set(row, Math.min(all.left.get(row) ?? value, value));
    for (const [row, value] of placed.right) all.right.set(row, Math.max(all.right.get(row) ?? value, value));
  }
  return { block: all, at };
}
