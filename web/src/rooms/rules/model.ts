/** A rule as it is drawn: the tree that is kept, and every change to it as a pure function. */

export type Severity = "info" | "warn" | "high";
export const SEVERITIES: readonly Severity[] = ["high", "warn", "info"];
export const WHENS = ["changed", "daily", "weekly", "monthly", "offsets"] as const;
export type WhenKind = (typeof WHENS)[number];
export const ACTIONS = ["task", "notify", "update", "create", "start", "webhook"] as const;
export type ActionKind = (typeof ACTIONS)[number];

export interface WhenTree {
  kind: WhenKind;
  at?: string;
  day?: number;
  date?: string;
  not_before?: string;
}
export interface ActionTree {
  kind: string;
  [attribute: string]: unknown;
}
export interface StepTree {
  key: string;
  label?: string;
  label_en?: string;
  days?: number;
  workdays?: number;
  at?: string;
  condition?: string;
  severity?: Severity;
  actions?: ActionTree[];
}
export interface RuleTree {
  rule: string;
  label: string;
  label_en?: string;
  about?: string;
  form: string;
  when: WhenTree;
  condition?: string;
  again?: "once" | "cycle";
  cycle?: string;
  severity?: Severity;
  owner?: Record<string, unknown>;
  from?: string;
  until?: string;
  active?: boolean;
  hold_by?: string[];
  escalate_workdays?: number;
  gap?: string;
  steps?: StepTree[];
  actions?: ActionTree[];
}
/** Where actions stand: in a step of a date, or (null) in the rule itself. */
export type Place = number | null;

export const isDated = (tree: RuleTree) => tree.when.kind === "offsets";
export const isActive = (tree: RuleTree) => tree.active !== false;
export const severityOf = (tree: RuleTree): Severity => tree.severity ?? "warn";
export const againOf = (tree: RuleTree) => tree.again ?? "clear";
export const actionsOf = (tree: RuleTree, place: Place): ActionTree[] =>
  (place === null ? tree.actions : tree.steps?.[place]?.actions) ?? [];
export const placesOf = (tree: RuleTree): Place[] => (isDated(tree) ? (tree.steps ?? []).map((_, at) => at) : [null]);

/** Values as the definition keeps them: what is empty is not written. */
export function put<T extends object>(thing: T, values: { [K in keyof T]?: T[K] | undefined | "" }): T {
  const kept = Object.entries({ ...thing, ...values }).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(kept) as unknown as T;
}

export function withActions(tree: RuleTree, place: Place, change: (old: ActionTree[]) => ActionTree[]): RuleTree {
  const next = change(actionsOf(tree, place));
  if (place === null) return { ...tree, actions: next };
  return { ...tree, steps: (tree.steps ?? []).map((step, at) => (at === place ? { ...step, actions: next } : step)) };
}

export const actionSet = (tree: RuleTree, place: Place, at: number, values: Record<string, unknown>): RuleTree =>
  withActions(tree, place, (old) => old.map((one, n) => (n === at ? put(one, values) : one)));

/** One place up or down; at the edge nothing moves. */
export function moved(list: readonly ActionTree[], at: number, by: 1 | -1): ActionTree[] {
  const to = at + by;
  const one = list[at];
  if (!one || to < 0 || to >= list.length) return [...list];
  const rest = list.filter((_, n) => n !== at);
  return [...rest.slice(0, to), one, ...rest.slice(to)];
}

/** Another way of looking; actions stay: those of every step in one list, or the one list in a first step. */
export function whenChanged(tree: RuleTree, kind: WhenKind, date: string): RuleTree {
  if (kind === tree.when.kind) return tree;
  const { at } = tree.when;
  const day = kind === "weekly" || kind === "monthly" ? { day: 1 } : {};
  if (kind === "offsets") {
    const { actions, again: _, cycle: __, ...rest } = tree;
    const step: StepTree = { key: "d30", days: -30, at: at ?? "09:00", actions: actions ?? [] };
    return { ...rest, when: { kind, date }, steps: tree.steps?.length ? tree.steps : [step] };
  }
  const { steps, ...rest } = tree;
  const when: WhenTree = kind === "changed" ? { kind } : { kind, at: at ?? "09:00", ...day };
  const all = steps?.length ? steps.flatMap((step) => step.actions ?? []) : (tree.actions ?? []);
  return { ...rest, when, actions: all };
}

/** −30 is 30 days before. */
export const offsetOf = (step: StepTree) => step.workdays ?? step.days ?? 0;
export function offsetSet(step: StepTree, offset: number, unit: "days" | "workdays"): StepTree {
  const { days: _, workdays: __, ...rest } = step;
  return { ...rest, [unit]: offset };
}
export function stepKey(steps: readonly StepTree[], offset: number): string {
  const stem = `${offset < 0 ? "d" : "after"}${Math.abs(offset)}`;
  let key = stem;
  for (let n = 2; steps.some((step) => step.key === key); n++) key = `${stem}_${n}`;
  return key;
}
/** The next step of a ladder: half as far ahead as the nearest one, with nothing to do yet. */
export function stepAdded(tree: RuleTree): RuleTree {
  const steps = tree.steps ?? [];
  const ahead = steps.map(offsetOf).filter((n) => n < 0);
  const offset = ahead.length ? Math.trunc(Math.max(...ahead) / 2) : -30;
  return { ...tree, steps: [...steps, { key: stepKey(steps, offset), days: offset, at: "09:00", actions: [] }] };
}
export const stepSet = (tree: RuleTree, at: number, change: (step: StepTree) => StepTree): RuleTree => ({
  ...tree,
  steps: (tree.steps ?? []).map((step, n) => (n === at ? change(step) : step)),
});

/** What an action begins as. */
export function freshAction(kind: ActionKind, words: { task: string }, owner: string): ActionTree {
  switch (kind) {
    case "task":
      return { kind, label: words.task, who: { field: owner }, due_workdays: 3, priority: "normal" };
    case "notify":
      return { kind, to: { field: owner }, template: "" };
    case "update":
      return { kind, set: {} };
    case "create":
      return { kind, form: "", set: {} };
    case "webhook":
      return { kind, url: "", set: {} };
    default:
      return { kind, process: "" };
  }
}

/** A rule with a name of its own, switched off until somebody means it. */
export const copied = (tree: RuleTree, rule: string, label: string): RuleTree => {
  const { label_en: _, ...rest } = tree;
  return { ...rest, rule, label, active: false };
};

/** The action that a problem's path names. */
export function actionAt(path: string): { place: Place; at: number } | null {
  const found = /^(?:steps\[(\d+)\]\.)?actions\[(\d+)\]/.exec(path);
  return found ? { place: found[1] === undefined ? null : Number(found[1]), at: Number(found[2]) } : null;
}

/** The numbered sentence that a path belongs to. */
export function sentenceOf(path: string): 1 | 2 | 3 | 4 | 5 {
  if (/^(when|form)\b/.test(path)) return 1;
  if (/^condition\b/.test(path)) return 2;
  if (/^(steps|actions)\b/.test(path)) return 3;
  return /^(again|cycle)\b/.test(path) ? 4 : 5;
}

/** Parts of two definitions that differ, as sentences; 0: the name. */
export function differing(before: RuleTree, after: RuleTree): number[] {
  const found = new Set<number>();
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [one, other] = [before[key as keyof RuleTree], after[key as keyof RuleTree]];
    if (JSON.stringify(one) !== JSON.stringify(other))
      found.add(["label", "label_en", "about"].includes(key) ? 0 : sentenceOf(key));
  }
  return [...found].sort((a, b) => a - b);
}
