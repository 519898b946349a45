/** The kinds of nodes that the designer offers: one entry each, from the palette to what a fresh one is. */
import type { IconName } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { NodeTree, ProcessTree, StartTree } from "./flow_tree";
import { lookOf } from "./node_words";

export interface FlowKind {
  kind: string;
  group: "people" | "flow" | "acts" | "ends";
  /** what a fresh one has beside its key, kind and name */
  fresh: (form: Form | undefined, tree: ProcessTree) => Record<string, unknown>;
}

const owner = (form: Form | undefined) => {
  const person = form?.owner ?? form?.fields.find((f) => f.kind === "person")?.key;
  return person ? { field: person } : { role: "" };
};
const nothing = () => ({});
const sealing = (form: Form | undefined) => ({
  kind: "task",
  who: { role: "" },
  due_workdays: 2,
  seal: form?.fields.find((f) => f.kind === "attachment")?.key ?? "",
});
const split = (tree: ProcessTree) => {
  const nodes = tree.nodes ?? [];
  const joined = new Set(nodes.map((n) => n.of));
  const free = nodes.filter((n) => (n.kind === "parallel" || n.kind === "inclusive") && !joined.has(n.key));
  return free[free.length - 1]?.key;
};

export const FLOW_KINDS: readonly FlowKind[] = [
  { kind: "task", group: "people", fresh: (form) => ({ who: owner(form), due_workdays: 3 }) },
  { kind: "approval", group: "people", fresh: () => ({ who: [{ role: "" }], due_workdays: 2 }) },
  { kind: "seal", group: "people", fresh: sealing },
  { kind: "condition", group: "flow", fresh: () => ({ cases: [{}], otherwise: "end" }) },
  { kind: "parallel", group: "flow", fresh: () => ({ branches: [] }) },
  { kind: "inclusive", group: "flow", fresh: () => ({ cases: [{}], otherwise: "end" }) },
  {
    kind: "join",
    group: "flow",
    fresh: (_, tree) => {
      const of = split(tree);
      return of ? { of } : {};
    },
  },
  { kind: "wait", group: "flow", fresh: () => ({ days: 1 }) },
  { kind: "sub", group: "flow", fresh: (form) => (form?.collections[0] ? { over: form.collections[0].key } : {}) },
  { kind: "notify", group: "acts", fresh: (form) => ({ to: owner(form) }) },
  { kind: "update", group: "acts", fresh: () => ({ set: {} }) },
  { kind: "create", group: "acts", fresh: () => ({ set: {} }) },
  { kind: "webhook", group: "acts", fresh: () => ({ url: "", set: {} }) },
  { kind: "end", group: "ends", fresh: nothing },
  { kind: "cancel", group: "ends", fresh: () => ({ nodes: [] }) },
];

/** What begins a process is dragged like a node and is none. */
export const PIECES: readonly { group: FlowKind["group"]; pieces: readonly string[] }[] = [
  ...(["people", "flow", "acts"] as const).map((group) => ({
    group,
    pieces: FLOW_KINDS.filter((k) => k.group === group).map((k) => k.kind),
  })),
  { group: "ends", pieces: ["start", ...FLOW_KINDS.filter((k) => k.group === "ends").map((k) => k.kind)] },
];

export const iconOf = (kind: string): IconName => lookOf(kind).icon;

export function freshNode(
  key: string,
  kind: string,
  label: string,
  form: Form | undefined,
  tree: ProcessTree,
): NodeTree {
  const made = FLOW_KINDS.find((k) => k.kind === kind);
  return { key, kind, label, ...made?.fresh(form, tree) }; // a seal is a task of its own kind of work
}

export const START_KINDS = ["date", "created", "matched", "hand"] as const;

/** A start of a kind, with what it cannot be without. */
export function freshStart(key: string, kind: string, form: Form | undefined): StartTree {
  const date = form?.fields.find((f) => f.kind === "date" || (f.kind === "formula" && f.type === "date"))?.key;
  if (kind === "date") return { key, kind, ...(date ? { date } : {}), days: -30, at: "09:00" };
  return { key, kind };
}
