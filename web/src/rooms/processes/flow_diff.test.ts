import { expect, it } from "vitest";
import { differences, wayChanges, wholeDifferences } from "./flow_diff";
import type { ProcessTree } from "./flow_tree";

const BEFORE: ProcessTree = {
  process: "p",
  label: "P",
  form: "deal",
  covers: "open",
  start: [{ key: "t", kind: "date", date: "ends_on", days: -90 }],
  nodes: [
    { key: "a", kind: "task", who: { field: "owner" }, due_workdays: 3, place: [0, 0], next: "b" },
    { key: "b", kind: "condition", cases: [{ when: "x", next: "c" }, { when: "y", next: "d" }], otherwise: "end" },
    { key: "c", kind: "notify", next: "d" },
    { key: "d", kind: "update" },
  ],
}; // biome-ignore format: a process
const AFTER: ProcessTree = {
  ...BEFORE,
  covers: "open AND big",
  start: [{ key: "t", kind: "date", date: "ends_on", days: -60 }],
  nodes: [
    { key: "a", kind: "task", who: { role: "sales" }, due_workdays: 3, place: [80, 0], next: "new" },
    { key: "new", kind: "approval", who: [{ role: "finance" }], approved: "b", rejected: "a" },
    { key: "b", kind: "condition", cases: [{ when: "x AND z", next: "d" }, { when: "y", next: "d" }], otherwise: "end" },
    { key: "d", kind: "update" },
  ],
}; // biome-ignore format: a process

it("names what an attribute was and is, of a case with its number; places and ways are no attributes", () => {
  expect(differences(BEFORE, AFTER, "a")).toEqual([
    { attribute: "who", before: { field: "owner" }, after: { role: "sales" } },
  ]);
  expect(differences(BEFORE, AFTER, "b")).toEqual([
    { attribute: "when", list: { name: "cases", n: 0 }, before: "x", after: "x AND z" },
  ]);
  expect(differences(BEFORE, AFTER, "start:t")).toEqual([{ attribute: "days", before: -90, after: -60 }]);
  expect(differences(BEFORE, AFTER, "new")).toEqual([]);
  expect(wholeDifferences(BEFORE, AFTER)).toEqual([{ attribute: "covers", before: "open", after: "open AND big" }]);
});

it("marks ways that came, went and lead there otherwise", () => {
  const found = [...wayChanges(BEFORE, AFTER)].map(([id, one]) => `${one.mark} ${id}`);
  expect(found).toEqual([
    "added a>new",
    "added new>b",
    "added new>a",
    "changed b>d",
    "removed a>b",
    "removed b>c",
    "removed c>d",
  ]);
});

it("finds nothing between a version and itself", () => {
  expect([wayChanges(AFTER, AFTER).size, wholeDifferences(AFTER, AFTER), differences(AFTER, AFTER, "a")]).toEqual([
    0,
    [],
    [],
  ]);
});
