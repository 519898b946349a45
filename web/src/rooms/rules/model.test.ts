import { expect, it } from "vitest";
import {
  actionAt,
  actionSet,
  copied,
  differing,
  moved,
  offsetSet,
  put,
  type RuleTree,
  sentenceOf,
  stepAdded,
  stepKey,
  whenChanged,
} from "./model";

const weekly: RuleTree = {
  rule: "health_low",
  label: "健康度偏低",
  label_en: "Health low",
  form: "customer",
  when: { kind: "weekly", day: 1, at: "09:00" },
  condition: 'HELD(health_score < 60, 2, "week")',
  severity: "high",
  owner: { field: "csm" },
  escalate_workdays: 3,
  gap: "health_gap",
  actions: [
    { kind: "task", label: "跟进", who: { field: "csm" }, due_workdays: 2, priority: "high" },
    { kind: "notify", to: { field: "csm" }, template: "health_low" },
  ],
};
const dated: RuleTree = {
  rule: "ends",
  label: "临近到期",
  form: "contract",
  when: { kind: "offsets", date: "end_date", not_before: "start_date" },
  steps: [
    { key: "t30", days: -30, at: "09:00", actions: [{ kind: "start", process: "x" }] },
    { key: "t15", days: -15, at: "09:00", condition: "open", actions: [{ kind: "webhook", url: "https://a" }] },
  ],
};

it("keeps what it does not know when an attribute is set", () => {
  const next = actionSet(dated, 1, 0, { tries: 3 });
  expect(next.steps?.[1]?.actions?.[0]).toEqual({ kind: "webhook", url: "https://a", tries: 3 });
  expect(next.steps?.[0]).toEqual(dated.steps?.[0]);
});

it("writes nothing for what is emptied, and keeps a zero and a no", () => {
  expect(put({ a: "1", b: 2 } as { a?: string; b?: number; c?: boolean }, { a: "", b: 0, c: false })).toEqual({
    b: 0,
    c: false,
  });
});

it("loses no action when the way of looking changes there and back", () => {
  const there = whenChanged(weekly, "offsets", "end_date");
  expect(there.actions).toBeUndefined();
  expect(there.steps).toEqual([{ key: "d30", days: -30, at: "09:00", actions: weekly.actions }]);
  expect(there.when).toEqual({ kind: "offsets", date: "end_date" });
  const back = whenChanged(there, "monthly", "");
  expect(back.steps).toBeUndefined();
  expect(back.actions).toEqual(weekly.actions);
  expect(back.when).toEqual({ kind: "monthly", at: "09:00", day: 1 });
});

it("puts the actions of every step into one list when a date is no longer watched", () => {
  expect(whenChanged(dated, "changed", "").actions?.map((one) => one.kind)).toEqual(["start", "webhook"]);
});

it("adds a step half as far ahead as the nearest, with a key of its own", () => {
  expect(stepAdded(dated).steps?.[2]).toEqual({ key: "d7", days: -7, at: "09:00", actions: [] });
  expect(stepKey([{ key: "d7" }, { key: "d7_2" }], -7)).toBe("d7_3");
});

it("has an offset in one unit only", () => {
  expect(offsetSet({ key: "a", days: -30 }, -5, "workdays")).toEqual({ key: "a", workdays: -5 });
});

it("moves an action by one and not over the edge", () => {
  const list = weekly.actions ?? [];
  expect(moved(list, 0, 1).map((one) => one.kind)).toEqual(["notify", "task"]);
  expect(moved(list, 0, -1)).toEqual(list);
  expect(moved(list, 1, 1)).toEqual(list);
});

it("copies a rule switched off", () => {
  const copy = copied(weekly, "health_low_2", "健康度偏低 副本");
  expect(copy).toMatchObject({ rule: "health_low_2", label: "健康度偏低 副本", active: false, gap: "health_gap" });
  expect(copy.label_en).toBeUndefined();
});

it("knows the action and the sentence that a problem belongs to", () => {
  expect(actionAt("steps[1].actions[2].template")).toEqual({ place: 1, at: 2 });
  expect(actionAt("actions[0].set.intent")).toEqual({ place: null, at: 0 });
  expect(actionAt("steps[1].condition")).toBeNull();
  expect(["form", "when.date", "condition", "steps[0].at", "again", "cycle", "owner", "gap"].map(sentenceOf)).toEqual([
    1, 1, 2, 3, 4, 4, 5, 5,
  ]);
});

it("tells which sentences of two versions differ", () => {
  expect(differing(weekly, weekly)).toEqual([]);
  expect(differing(weekly, { ...weekly, label: "别名", severity: "warn", condition: "TRUE" })).toEqual([0, 2, 5]);
  expect(differing(weekly, { ...weekly, active: false })).toEqual([5]);
});
