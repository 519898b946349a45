/** The uses of what changes, as a person reads them: places that would break one by one, the rest by kind and effect. */
import type { Use } from "./api";

export type Effect = Use["effect"];

export interface Broken {
  use: Use;
  places: string[];
  /** what it reads and would lose */
  fields: Use[];
}
export interface Group {
  kind: string;
  effect: Effect;
  definitions: { key: string; label: string; places: string[] }[];
}

const RANK: readonly Effect[] = ["breaks", "check", "follows", "none"];

function add<T>(list: T[], one: T, same: (a: T, b: T) => boolean = Object.is): void {
  if (!list.some((known) => same(known, one))) list.push(one);
}

/** Definitions with a place that would not hold, each once. */
export function brokenOf(uses: readonly Use[]): Broken[] {
  const found = new Map<string, Broken>();
  for (const use of uses) {
    if (use.effect !== "breaks") continue;
    const id = `${use.kind}/${use.key}/${use.label}`;
    const known = found.get(id) ?? { use, places: [], fields: [] };
    found.set(id, known);
    if (use.place) add(known.places, use.place);
    add(known.fields, use, (a, b) => a.form === b.form && a.field === b.field);
  }
  return [...found.values()];
}

/** What stays, by kind and effect; a definition that breaks elsewhere is not said to be fine. */
export function grouped(uses: readonly Use[]): Group[] {
  const worst = new Map<string, Effect>();
  const at = (use: Use) => `${use.kind}/${use.key}/${use.label}`;
  for (const use of uses) {
    const known = worst.get(at(use));
    if (known === undefined || RANK.indexOf(use.effect) < RANK.indexOf(known)) worst.set(at(use), use.effect);
  }
  const found = new Map<string, Group>();
  for (const use of uses) {
    const effect = worst.get(at(use)) ?? use.effect;
    if (effect === "breaks") continue;
    const id = `${use.kind}/${effect}`;
    const group = found.get(id) ?? { kind: use.kind, effect, definitions: [] };
    found.set(id, group);
    let one = group.definitions.find((d) => d.key === use.key && d.label === use.label);
    if (!one) {
      one = { key: use.key, label: use.label, places: [] };
      group.definitions.push(one);
    }
    if (use.effect === effect && use.place) add(one.places, use.place);
  }
  return [...found.values()].sort((a, b) => RANK.indexOf(a.effect) - RANK.indexOf(b.effect));
}

/** 「3 个视图、1 个流程」: how many definitions of each kind. */
export function countByKind(uses: readonly Use[]): [kind: string, count: number][] {
  const keys = new Map<string, Set<string>>();
  for (const use of uses) keys.set(use.kind, (keys.get(use.kind) ?? new Set()).add(use.key));
  return [...keys].map(([kind, some]) => [kind, some.size]);
}
