import { expect, it } from "vitest";
import type { Load, Task } from "./api";
import {
  bar,
  basisOf,
  finishable,
  grouped,
  overOf,
  readInbox,
  shapeOf,
  snoozeChoices,
  writeInbox,
} from "./inbox_model";

const at = { today: "2026-11-21", now: "2026-11-21T09:00:00+08:00", zone: "Asia/Shanghai" };
const task = (more: Partial<Task>) =>
  ({ id: 1, form: "contract", kind: "call", state: "open", fill: [], outcomes: [], due_at: null, ...more }) as Task;
const load = (more: Partial<Load>) => ({ overdue: 0, today: 0, week: 0, capacity: 10, ...more }) as Load;
const address = (text: string) => readInbox(new URLSearchParams(text));

it("keeps its state in the address, without what is usual", () => {
  const state = address("tab=team&person=0&by=customer&kind=renewal.contract.follow_up&role=1&q=屿岸");
  expect(state).toMatchObject({ tab: "team", person: 0, group: "customer", claimable: true, search: "屿岸" });
  const back = writeInbox(new URLSearchParams("tab=team&q=x&other=1"), { tab: "mine", search: "", priority: -1 });
  expect(back.toString()).toBe("other=1&priority=-1");
  expect(address("tab=nonsense&part=x&person=1e9&day=2026")).toEqual(address(""));
});

it("asks the server for customers in order when they are to stand together", () => {
  expect(shapeOf(address("by=customer&part=week"))).toEqual({ view: "mine", due: "week", sort: "customer" });
  expect(shapeOf(address("part=snoozed&kind=.deal.todo"))).toEqual({
    view: "later",
    form: "deal",
    kind: "todo",
    sort: "due",
  });
  expect(shapeOf(address("tab=team&person=0"))).toEqual({ view: "team", person: 0, sort: "due" });
});

it("puts rows of one customer together and due piles in the order of urgency", () => {
  const rows = [
    task({ id: 1, customer: "甲", due_at: "2026-11-30T18:00:00+08:00" }),
    task({ id: 2, customer: "甲", due_at: "2026-11-20T18:00:00+08:00" }),
    task({ id: 3, record_title: "乙" }),
  ];
  expect(grouped(rows, "customer", at).map((g) => [g.key, g.tasks.length])).toEqual([
    ["甲", 2],
    ["乙", 1],
  ]);
  expect(grouped(rows, "due", at).map((g) => g.key)).toEqual(["overdue", "later", "undated"]);
  expect(grouped([], "none", at)).toEqual([]);
});

it("finishes many at once only when they ask for the same", () => {
  expect(finishable([task({}), task({ id: 2 })])).toBe(true);
  expect(finishable([task({}), task({ kind: "visit" })])).toBe(false);
  expect(finishable([task({}), task({ fill: [{ field: "intent" }] })])).toBe(false);
  expect(finishable([task({ approval: true })])).toBe(false);
  expect(finishable([])).toBe(false);
});

it.each([
  ["2026-11-20", ["2026-11-21T00:00:00", "2026-11-23T00:00:00"]],
  ["2026-11-22", ["2026-11-23T00:00:00"]], // on a Sunday tomorrow is Monday
  ["2026-11-23", ["2026-11-24T00:00:00", "2026-11-30T00:00:00"]],
])("puts off from %s to tomorrow or to next Monday", (today, expected) => {
  expect(snoozeChoices(today).map((c) => c.until)).toEqual(expected);
});

it("draws a load against what somebody can do", () => {
  expect(overOf(load({ overdue: 2, today: 6, week: 6 }))).toBe(4);
  expect(bar(load({ overdue: 0, today: 3, week: 2 }), 3)).toEqual({
    overdue: 0,
    today: 26.8,
    week: 17.9,
    more: 26.8,
    mark: 89.3,
  });
  expect(bar(load({ capacity: 0 })).mark).toBe(0);
});

it("counts days to the term of the process before the end of the record", () => {
  expect(basisOf(task({ basis: "2026-12-01", end_date: "2027-01-01" }))).toBe("2026-12-01");
  expect(basisOf(task({ end_date: "2027-01-01" }))).toBe("2027-01-01");
  expect(basisOf(task({}))).toBe(null);
});
