/** One record's walk through a draft: what was chosen, which ways it took, what can be chosen next. Pure. */
import type { components } from "@/api/schema";
import { linkId, type NodeTree, nodeOf, nodesOf, type ProcessTree, startKey, startsOf, waysOf } from "./flow_tree";

export type Walk = components["schemas"]["TrialOut"];
export type Choice = components["schemas"]["ChoiceIn"];
export type Round = components["schemas"]["RoundOut"];
export type Stand = components["schemas"]["StandsOut"];

/** The slots by which a step left its node; a step that opened several names each. */
export function slotsTaken(node: NodeTree, outcome: string): string[] {
  const all = waysOf(node);
  const outcomes = Array.isArray(node.outcomes) ? (node.outcomes as { key?: unknown }[]) : [];
  const named = outcome.split(" ").flatMap((one) => {
    const found = /^case_(\d+)$/.exec(one);
    if (found) return [`cases.${found[1]}.next`];
    const at = outcomes.findIndex((o) => o.key === one);
    return at >= 0 ? [`outcomes.${at}.next`] : [one];
  });
  if (outcome === "timed out") named.push("on_timeout");
  if (node.kind === "parallel") return all.map((w) => w.slot);
  if (node.kind === "wait" && outcome === "passed" && all.some((w) => w.slot === "on_limit")) return ["on_limit"];
  const taken = all.filter((w) => named.includes(w.slot)).map((w) => w.slot);
  return taken.length > 0 || outcome === "asked again" ? taken : all.length === 1 ? all.map((w) => w.slot) : ["next"];
}

export interface Lit {
  nodes: ReadonlySet<string>;
  links: ReadonlySet<string>;
}
export const DARK: Lit = { nodes: new Set(), links: new Set() };

/** The steps that it went through or stands at, and the ways between them. */
export function lit(tree: ProcessTree, walk: Walk): Lit {
  const nodes = new Set<string>();
  const links = new Set<string>();
  const first = nodesOf(tree)[0]?.key;
  for (const start of startsOf(tree)) if (first) links.add(linkId({ from: startKey(start.key), to: first }));
  for (const { node, outcome } of walk.rounds.flatMap((r) => r.steps)) {
    nodes.add(node);
    const found = nodeOf(tree, node);
    if (!found) continue;
    const taken = slotsTaken(found, outcome);
    for (const way of waysOf(found))
      if (way.to && taken.includes(way.slot)) links.add(linkId({ from: node, to: way.to }));
  }
  for (const one of walk.stands) nodes.add(one.node);
  return { nodes, links };
}

/** Which of several at one node this one is. */
export const nthOf = (stands: readonly Stand[], at: number): number =>
  stands.slice(0, at).filter((one) => one.node === stands[at]?.node).length;

export type Act = "forward" | "finish" | "decide" | "assume";

/** What can be done where it stands; nothing: it is held, stuck or cancelled. */
export function actsOf(tree: ProcessTree, stand: Stand): Act[] {
  if (stand.state !== "waiting" || stand.code) return [];
  if (stand.asks === "vote") return ["decide"];
  const node = nodeOf(tree, stand.node);
  const timed = Boolean(node?.timeout_days || node?.timeout_workdays || node?.repeat_workdays);
  if (stand.asks === "task") return timed && stand.wake_at ? ["finish", "forward"] : ["finish"];
  const waits = node?.kind === "wait" && !node.until && !node.days && !node.workdays;
  const outside = waits || node?.kind === "sub" || node?.kind === "webhook";
  return [...(outside ? (["assume"] as const) : []), ...(stand.wake_at ? (["forward"] as const) : [])];
}

export interface Asked {
  field: string;
  required: boolean;
}
/** Files and signatures are not asked for in a trial. */
export const FILES: ReadonlySet<string> = new Set(["attachment", "image", "signature", "certificate"]);

/** The fields that finishing with this outcome, or deciding, asks for. */
export function askedOf(tree: ProcessTree, stand: Stand, outcome: string): Asked[] {
  const node = nodeOf(tree, stand.node);
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const one = (given: unknown): Asked[] => {
    if (typeof given === "string") return [{ field: given.replace(/!$/, ""), required: given.endsWith("!") }];
    const named = given as { field?: unknown } | null;
    return typeof named?.field === "string" ? [{ field: named.field, required: false }] : [];
  };
  if (stand.asks === "vote")
    return list(node?.fields).flatMap((given) => {
      const { field, right, when } = given as { field: string; right: string; when?: string };
      return right === "write" || right === "required" ? [{ field, required: right === "required" && !when }] : [];
    });
  const chosen = list(node?.outcomes).find((o) => (o as { key?: unknown }).key === outcome);
  return [...list(node?.fill), ...list((chosen as { fill?: unknown } | undefined)?.fill)].flatMap(one);
}
