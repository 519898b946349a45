import { expect, it } from "vitest";
import type { Figures } from "./api";
import { essence, one, share, thresholdOf, verdict } from "./backtest_model";
import type { RuleTree } from "./model";

const rule: RuleTree = {
  rule: "low",
  label: "低",
  form: "customer",
  when: { kind: "weekly", day: 1, at: "09:00" },
  condition: 'HELD(health_score < 60, 2, "week")',
  actions: [{ kind: "task", label: "跟进", who: { field: "csm" } }],
};
const figures = (precision: number | null, caught: number | null): Figures => ({
  firings: 43,
  records: 38,
  lost: 21,
  precision,
  lost_in_period: 28,
  caught,
  recall: null,
  lead_days: 47,
  waiting: 0,
  tasks: 43,
  people: 5,
  tasks_per_week: 1.7,
  tasks_per_person_week: 0.2,
  busiest: null,
  gaps: 3,
  held: 0,
  skipped: {},
});

it("is the same question whatever the rule is called, however its attributes are ordered", () => {
  const again: RuleTree = {
    actions: [
      { who: { field: "csm" }, label: "另一个名字", kind: "task" },
      { kind: "notify", template: "x" },
    ],
    condition: 'HELD(health_score < 60, 2, "week")',
    when: { kind: "weekly" },
    form: "customer",
    label: "别名",
    rule: "low",
    active: false,
    severity: "high",
  };
  expect(essence(again)).toBe(essence(rule));
});

it("is another question with another limit, another day or another step", () => {
  expect(essence({ ...rule, condition: 'HELD(health_score < 55, 2, "week")' })).not.toBe(essence(rule));
  expect(essence({ ...rule, when: { kind: "weekly", day: 5 } })).not.toBe(essence(rule));
  const dated: RuleTree = { ...rule, when: { kind: "offsets", date: "end" }, steps: [{ key: "a", days: -7 }] };
  expect(essence({ ...dated, steps: [{ key: "a", workdays: -7 }] })).not.toBe(essence(dated));
});

it("moves the limit of a run, or the only number of a comparison", () => {
  expect(thresholdOf(rule)?.put("55").condition).toBe('HELD(health_score < 55, 2, "week")');
  const plain = thresholdOf({ ...rule, condition: 'AND(open, amount >= 1000, status <> "x2")' });
  expect([plain?.op, plain?.limit]).toEqual([">=", "1000"]);
  expect(plain?.put("500").condition).toBe('AND(open, amount >= 500, status <> "x2")');
});

it("does not choose between two numbers", () => {
  expect(thresholdOf({ ...rule, condition: "AND(a < 1, b > 2)" })).toBeNull();
  expect(thresholdOf({ ...rule, condition: 'status <> "a"' })).toBeNull();
  expect(thresholdOf({ ...rule, condition: "amount > 0" })).toBeNull();
});

it("writes a share with one decimal and nothing as a dash", () => {
  expect([share(21 / 38), share(0), share(null), one(46.96), one(null)]).toEqual(["55.3%", "0.0%", "—", "47", "—"]);
});

it("says what the second threshold costs", () => {
  expect(verdict(figures(0.553, 21), figures(0.727, 16))).toEqual({ key: "exact", n: 5 });
  expect(verdict(figures(0.727, 16), figures(0.553, 21))).toEqual({ key: "wide", n: 5 });
  expect(verdict(figures(0.5, 21), figures(0.6, 21))).toEqual({ key: "both", n: 0 });
  expect(verdict(figures(0.5, 21), figures(0.5, 20))).toEqual({ key: "worse", n: 1 });
  expect(verdict(figures(null, 21), figures(0.6, 21))).toBeNull();
  expect(verdict(figures(0.5, 21), figures(0.5, 21))).toBeNull();
});
