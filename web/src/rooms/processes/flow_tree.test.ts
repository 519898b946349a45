import { expect, it } from "vitest";
import { back, begun, forth, stepped } from "@/rooms/design/steps";
import { marks } from "./flow_marks";
import {
  addedAfter,
  asFill,
  asFirst,
  at,
  connected,
  inserted,
  keyAt,
  type Link,
  laidOut,
  led,
  linkOf,
  linksOf,
  nodeOf,
  nodesOf,
  type ProcessTree,
  pasted,
  placed,
  readFill,
  setAt,
  slotsOf,
  unlinked,
  withAt,
  without,
} from "./flow_tree";

const TREE: ProcessTree = {
  process: "p",
  label: "P",
  form: "deal",
  start: [{ key: "t", kind: "date" }],
  nodes: [
    { key: "a", kind: "task", next: "b" },
    {
      key: "b",
      kind: "condition",
      cases: [
        { label: "是", when: "x", next: "c" },
        { label: "否", when: "y", next: "d" },
      ],
      otherwise: "d",
    },
    { key: "c", kind: "notify", next: "d" },
    { key: "d", kind: "update" },
    { key: "two", kind: "parallel", branches: ["a", "d"] },
  ],
};
const link = (id: string): Link => linkOf(TREE, id) as Link;
const ways = (tree: ProcessTree) => linksOf(tree).map((l) => `${l.from}>${l.to}`);
const fresh = (kind: string, more: object = {}) => ({ key: "new", kind, ...more });

it("tells what leads where, several ways between the same two as one", () => {
  expect(ways(TREE)).toEqual(["start:t>a", "a>b", "b>c", "b>d", "c>d", "two>a", "two>d"]);
  expect(link("b>d").slots).toEqual(["cases.1.next", "otherwise"]);
});

it("inserts a node on a way, on several at once, and before the first", () => {
  expect(ways(inserted(TREE, link("a>b"), fresh("task")))).toContain("new>b");
  const both = inserted(TREE, link("b>d"), fresh("wait"));
  expect([at(nodeOf(both, "b"), "cases.1.next"), nodeOf(both, "b")?.otherwise, nodeOf(both, "new")?.next]).toEqual([
    "new",
    "new",
    "d",
  ]);
  const first = inserted(TREE, link("start:t>a"), fresh("task"));
  expect([nodesOf(first)[0]?.key, nodeOf(first, "new")?.next]).toEqual(["new", "a"]);
  const split = inserted(TREE, link("c>d"), fresh("condition", { cases: [{}], otherwise: "end" }));
  expect(nodeOf(split, "new")?.otherwise).toBe("d");
  const lines = inserted(TREE, link("c>d"), fresh("parallel", { branches: [] }));
  expect(nodeOf(lines, "new")?.branches).toEqual(["d"]);
});

it("adds behind a node: at its free way, else between it and what follows; alone when nothing is chosen", () => {
  expect(nodeOf(addedAfter(TREE, "d", fresh("task")), "d")?.next).toBe("new");
  const between = addedAfter(TREE, "a", fresh("task"));
  expect([nodeOf(between, "a")?.next, nodeOf(between, "new")?.next]).toEqual(["new", "b"]);
  expect(ways(addedAfter(TREE, null, fresh("task"))).some((w) => w.includes("new"))).toBe(false);
  expect(nodesOf(addedAfter(TREE, "start:t", fresh("task")))[0]).toEqual(fresh("task", { next: "a" }));
});

it("connects at a free way, at a new case or branch, else instead of the way there is", () => {
  expect(nodeOf(connected(TREE, "d", "a"), "d")?.next).toBe("a");
  expect(nodeOf(connected(TREE, "b", "a"), "b")?.cases).toHaveLength(3);
  expect(nodeOf(connected(TREE, "two", "c"), "two")?.branches).toEqual(["a", "d", "c"]);
  expect(nodeOf(connected(TREE, "c", "a"), "c")?.next).toBe("a");
  expect(connected(TREE, "c", "d")).toBe(TREE);
  expect(nodesOf(connected(TREE, "start:t", "c"))[0]?.key).toBe("c");
});

it("leads a way elsewhere and takes it away; the rest of a condition then ends", () => {
  expect(ways(led(TREE, link("a>b"), "d"))).toContain("a>d");
  const cut = unlinked(TREE, link("b>d"));
  expect([at(nodeOf(cut, "b"), "cases.1.next"), nodeOf(cut, "b")?.otherwise]).toEqual([undefined, "end"]);
  expect(nodeOf(unlinked(TREE, link("two>a")), "two")?.branches).toEqual(["d"]);
});

it("bridges the gap that a node with one way out leaves, also the first", () => {
  const gone = without(TREE, "c");
  expect(at(nodeOf(gone, "b"), "cases.0.next")).toBe("d");
  const first = without(withAt(TREE, "then", "a"), "a");
  expect([nodesOf(first)[0]?.key, first.then, nodeOf(first, "two")?.branches]).toEqual(["b", "b", ["b", "d"]]);
  const split = without(TREE, "b");
  expect([nodeOf(split, "a")?.next, nodesOf(split)[0]?.key]).toEqual([undefined, "a"]);
  expect(without(TREE, "start:t").start).toEqual([]);
});

it("pastes copies with keys of their own, connected among themselves alone", () => {
  const copies = ["c", "d"].flatMap((key) => nodeOf(placed(TREE, new Map([["c", [0, 40]]])), key) ?? []);
  const { tree, keys } = pasted(TREE, copies);
  expect(keys).toEqual(["c_1", "d_1"]);
  expect(nodeOf(tree, "c_1")).toEqual({ key: "c_1", kind: "notify", next: "d_1", place: [24, 64] });
  expect(pasted(tree, copies).keys).toEqual(["c_2", "d_2"]);
  const alone = pasted(TREE, [nodeOf(TREE, "b") as (typeof copies)[0]]).tree;
  expect(nodeOf(alone, "b_1")?.otherwise).toBe("end");
  expect(at(nodeOf(alone, "b_1"), "cases.0")).toEqual({ label: "是", when: "x" });
});

it("keeps what was placed until it is laid out again", () => {
  const moved = placed(TREE, new Map([["a", [10, 20]]]));
  expect(nodeOf(moved, "a")?.place).toEqual([10, 20]);
  expect(laidOut(moved)).toEqual(TREE);
});

it("marks what was added, changed and removed; a place is no change", () => {
  const after = without(inserted(placed(TREE, new Map([["d", [1, 1]]])), link("a>b"), fresh("task")), "two");
  expect([...marks(TREE, after)]).toEqual([
    ["new", "added"],
    ["two", "removed"],
  ]);
  expect([...marks(TREE, led(TREE, link("a>b"), "c"))]).toEqual([["a", "changed"]]);
  expect([...marks(TREE, setAt(TREE, "c", "template", "hello"))]).toEqual([["c", "changed"]]);
  expect([...marks(TREE, without(TREE, "c"))]).toEqual([["c", "removed"]]);
  expect(marks(null, TREE).size).toBe(0);
});

it("undoes and redoes an act", () => {
  const steps = stepped(begun(TREE), "delete", without(TREE, "c"));
  expect(nodeOf(back(steps).now, "c")).toBeDefined();
  expect(nodeOf(forth(back(steps)).now, "c")).toBeUndefined();
});

it("finds the node of a problem, and survives a draft with parts that cannot be read", () => {
  expect(keyAt(TREE, "nodes[1].cases[0].when")).toBe("b");
  expect(keyAt(TREE, "start[0].date")).toBe("start:t");
  expect(keyAt(TREE, "covers")).toBeNull();
  const broken = { ...TREE, nodes: "gone", start: [null] } as unknown as ProcessTree;
  expect([linksOf(broken), keyAt(broken, "nodes[0]"), nodesOf(asFirst(broken, "a"))]).toEqual([[], null, []]);
});

it("knows the ways of steps that reach beyond the record, and what a task asks for", () => {
  const ways = (node: object) => slotsOf({ key: "n", kind: "wait", ...node });
  expect(ways({ arrives: { form: "ticket", by: "deal" }, limit_days: 3 })).toEqual(["next", "on_limit"]);
  expect(ways({ hook: "paid" })).toEqual(["next"]);
  expect(ways({ kind: "sub", process: "p", timeout_workdays: 2 })).toEqual(["next", "on_timeout"]);
  expect(ways({ kind: "webhook", url: "https://a" })).toEqual(["next", "on_error"]);
  const fill = ["note", "amount!", { field: "license", when: "big" }];
  expect(readFill(fill).map((one) => one.must)).toEqual(["no", "yes", "when"]);
  expect(readFill(fill).map(asFill)).toEqual(fill);
});
