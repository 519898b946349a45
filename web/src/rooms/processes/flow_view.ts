/** Where everything of a drawn process stands, and which way an arrow key goes from there. */
import {
  isStart,
  type Link,
  linkId,
  linksOf,
  nodesOf,
  type ProcessTree,
  startKey,
  startsOf,
  waysOf,
} from "./flow_tree";
import { GAP_X, GAP_Y, HEIGHT, layout, WIDTH } from "./layout";

export interface Spot {
  x: number;
  y: number;
}
export interface DrawnLink extends Link {
  id: string;
  /** leads upwards, so it goes round the side */
  back: boolean;
  /** what authors call its ways; which slot it is, where they call it nothing */
  words: { label: string; slot: string }[];
}
export interface View {
  spots: ReadonlyMap<string, Spot>;
  links: readonly DrawnLink[];
}

/** What a person placed stands there; the rest where the layout puts it, starts above the first node. */
export function viewOf(tree: ProcessTree): View {
  const nodes = nodesOf(tree);
  const starts = startsOf(tree);
  const all = linksOf(tree);
  const first = nodes[0];
  const drawn = layout({
    start: first ? starts : [],
    first: first?.key ?? "",
    nodes,
    edges: all.filter((l) => !isStart(l.from)).map((l) => ({ from: l.from, to: l.to, label: "" })),
  });
  const spots = new Map<string, Spot>(drawn.places.map((p) => [p.key, { x: p.x, y: p.y }]));
  for (const node of nodes) {
    const [x, y] = Array.isArray(node.place) ? node.place : [];
    if (typeof x === "number" && typeof y === "number") spots.set(node.key, { x, y });
  }
  const top = (first && spots.get(first.key)) ?? { x: 0, y: HEIGHT + GAP_Y };
  if (!first || first.place)
    starts.forEach((s, i) => {
      const x = top.x + (i - (starts.length - 1) / 2) * (WIDTH + GAP_X);
      spots.set(startKey(s.key), { x, y: top.y - HEIGHT - GAP_Y });
    });
  const above = (link: Link) => (spots.get(link.to)?.y ?? 0) <= (spots.get(link.from)?.y ?? 0);
  const ways = new Map(nodes.map((n) => [n.key, waysOf(n)]));
  const links = all.map((link) => ({
    ...link,
    id: linkId(link),
    back: above(link),
    words: (ways.get(link.from) ?? [])
      .filter((w) => w.to === link.to && (w.label || !["next", "branches"].includes(w.slot.split(".")[0] ?? "")))
      .map(({ label, slot }) => ({ label, slot })),
  }));
  return { spots, links };
}

/** Up and down go along the ways, left and right to the neighbour. */
export function neighbour(view: View, from: string, way: "up" | "down" | "left" | "right"): string | null {
  const here = view.spots.get(from);
  if (!here) return null;
  const nearest = (keys: readonly string[], far: (spot: Spot) => number): string | null => {
    let best: { key: string; far: number } | null = null;
    for (const key of keys) {
      const spot = view.spots.get(key);
      if (spot && (!best || far(spot) < best.far)) best = { key, far: far(spot) };
    }
    return best?.key ?? null;
  };
  const across = (spot: Spot) => Math.abs(spot.x - here.x);
  if (way === "down" || way === "up") {
    const along = view.links.flatMap((l) =>
      way === "down" ? (l.from === from ? [l.to] : []) : l.to === from ? [l.from] : [],
    );
    return nearest(
      along.filter((k) => k !== from),
      across,
    );
  }
  const side = way === "left" ? -1 : 1;
  const beside = [...view.spots.keys()].filter((k) => ((view.spots.get(k)?.x ?? 0) - here.x) * side > 1);
  return nearest(beside, (spot) => Math.abs(spot.y - here.y) * 4 + across(spot));
}
