/** What a backtest is about and what its figures say. Pure. */
import type { Figures } from "./api";
import type { ActionTree, RuleTree, StepTree } from "./model";
import { joined, type Run, split } from "./run";

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, one]) => one !== undefined && one !== "" && one !== null)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([key, one]) => [key, sorted(one)]),
        )
      : value;
/** Tasks alone count in a backtest. */
const tasks = (actions: readonly ActionTree[] | undefined) =>
  (actions ?? []).filter((one) => one.kind === "task").map(({ who }) => ({ who: who ?? null }));

/** What decides when it fires and what work that is, however it is written: two of them alike give the same figures. */
export function essence(tree: RuleTree): string {
  const step = ({ days, workdays, at, condition, actions }: StepTree) => ({
    days: workdays === undefined ? (days ?? 0) : null,
    workdays,
    at: at ?? "09:00",
    condition,
    tasks: tasks(actions),
  });
  const { kind, at, day, date, not_before } = tree.when;
  const when =
    kind === "changed"
      ? { kind }
      : kind === "offsets"
        ? { kind, date, not_before }
        : { kind, at: at ?? "09:00", ...(kind === "daily" ? {} : { day: day ?? 1 }) };
  return JSON.stringify(
    sorted({
      form: tree.form,
      when,
      condition: tree.condition,
      again: tree.again,
      cycle: tree.cycle,
      from: tree.from,
      until: tree.until,
      hold_by: tree.hold_by?.length ? tree.hold_by : undefined,
      owner: tree.owner,
      steps: kind === "offsets" ? (tree.steps ?? []).map(step) : undefined,
      tasks: kind === "offsets" ? undefined : tasks(tree.actions),
    }),
  );
}

/** The number that can be moved: of a run of readings, else the only comparison with a number in the condition. */
export interface Threshold {
  op: string;
  limit: string;
  put: (limit: string) => RuleTree;
}
const COMPARED = /([a-z_]\w*(?:\.[a-z_]\w*)*)\s*(<=|>=|<(?!>)|>)\s*(-?\d+(?:\.\d+)?)(?![\w.])/g;
export function thresholdOf(tree: RuleTree): Threshold | null {
  const text = tree.condition ?? "";
  const found = split(text);
  if (found) {
    const at = (limit: string): Run => ({ ...found.run, limit });
    return {
      op: found.run.op,
      limit: found.run.limit,
      put: (limit) => ({ ...tree, condition: joined(at(limit), found.rest) }),
    };
  }
  const all = [...text.matchAll(COMPARED)];
  const [one] = all;
  if (!one || all.length > 1) return null;
  const [whole, , op = "", limit = ""] = one;
  if (Number(limit) === 0) return null; // a sign, no threshold
  const end = one.index + whole.length;
  return {
    op,
    limit,
    put: (next) => ({ ...tree, condition: text.slice(0, end - limit.length) + next + text.slice(end) }),
  };
}

/** 0.5526 -> 55.3%; of nothing a dash. */
export const share = (value: number | null): string => (value === null ? "—" : `${(value * 100).toFixed(1)}%`);
export const one = (value: number | null): string =>
  value === null ? "—" : (Math.round(value * 10) / 10).toLocaleString("en");

/** What the second threshold is better and worse at: more exact but it misses some, or the other way round. */
export function verdict(
  first: Figures,
  second: Figures,
): { key: "exact" | "wide" | "both" | "worse"; n: number } | null {
  if (first.precision === null || second.precision === null || first.caught === null || second.caught === null)
    return null;
  const exact = Math.sign(second.precision - first.precision);
  const caught = second.caught - first.caught;
  if (exact > 0 && caught < 0) return { key: "exact", n: -caught };
  if (exact < 0 && caught > 0) return { key: "wide", n: caught };
  if (exact >= 0 && caught >= 0 && exact + caught > 0) return { key: "both", n: caught };
  if (exact <= 0 && caught <= 0 && exact + caught < 0) return { key: "worse", n: -caught };
  return null;
}
