import { expect, it } from "vitest";
import { Problem } from "@/api";
import type { Value } from "@/rooms/records";
import type { Task } from "./api";
import { asked, bucket, freshOf, isPlain, lacking, piles } from "./model";
import { nextMonday } from "./use_weeks";

const at = { today: "2026-11-21", now: "2026-11-21T09:00:00+08:00", zone: "Asia/Shanghai" };
const task = (more: Partial<Task>): Task => ({
  id: 1,
  title: "续费跟进",
  label: "续费跟进",
  label_en: null,
  kind: "follow_up",
  form: "contract",
  record_id: 1,
  instance_id: null,
  assignee_id: 1,
  assignee: "林晓棠",
  candidates: null,
  found_by: "named",
  state: "open",
  why: null,
  priority: 0,
  opened_at: "2026-11-01T09:00:00+08:00",
  due_at: null,
  outcome: null,
  finished_at: null,
  finished_by: null,
  fill: [],
  outcomes: [],
  proposal: null,
  ...more,
});

it.each([
  ["2026-11-20T18:00:00+08:00", "overdue"],
  ["2026-11-21T08:59:00+08:00", "overdue"],
  ["2026-11-21T18:00:00+08:00", "today"],
  ["2026-11-21T23:30:00Z", "week"],
  ["2026-11-28T18:00:00+08:00", "week"],
  ["2026-11-29T18:00:00+08:00", "later"],
  [null, "undated"],
] as const)("due %s is %s, on the workspace's clock", (due_at, expected) => {
  expect(bucket(task({ due_at }), at)).toBe(expected);
});

it("puts high priority first in its pile and leaves empty piles out", () => {
  const found = piles(
    [
      task({ id: 1, due_at: "2026-11-21T10:00:00+08:00" }),
      task({ id: 2, due_at: "2026-11-21T18:00:00+08:00", priority: 1 }),
      task({ id: 3, due_at: "2026-12-21T18:00:00+08:00" }),
    ],
    at,
  );
  expect(found.map((p) => [p.bucket, p.tasks.map((t) => t.id)])).toEqual([
    ["today", [2, 1]],
    ["later", [3]],
  ]);
});

it("asks for an outcome's own fields too, each once", () => {
  const t = task({
    fill: [{ field: "intent", required: true }],
    outcomes: [{ key: "lost", label: "流失", fill: [{ field: "churn_reason", required: true }, { field: "intent" }] }],
  });
  expect(asked(t, "lost").map((f) => f.field)).toEqual(["intent", "churn_reason"]);
  expect(asked(t, null).map((f) => f.field)).toEqual(["intent"]);
  expect(isPlain(t)).toBe(false);
  expect(isPlain(task({}))).toBe(true);
});

it("begins the coming weeks on the Monday after today", () => {
  expect(nextMonday("2026-11-20")).toBe("2026-11-23");
  expect(nextMonday("2026-11-22")).toBe("2026-11-23");
  expect(nextMonday("2026-11-23")).toBe("2026-11-30");
});

it("a refusal names every field that is missing", () => {
  const refusal = new Problem(422, "tasks.required", "请填写a、b", "values.a", { fields: ["a", "b"] });
  expect(lacking(refusal)).toEqual(["a", "b"]);
  expect(lacking(null)).toEqual([]);
});

it("a sealed file is one that did not stand there before", () => {
  const old = [{ file: 1, name: "草稿.pdf" }] as unknown as Value;
  const now = [
    { file: 1, name: "草稿.pdf" },
    { file: 2, name: "盖章.pdf" },
  ] as unknown as Value;
  expect(freshOf(old, now).map((one) => one.file)).toEqual([2]);
  expect(freshOf(old, old)).toEqual([]);
  expect(freshOf(undefined, now).map((one) => one.file)).toEqual([1, 2]);
});
