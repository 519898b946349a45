import { expect, it } from "vitest";
import { bpmn, svg } from "./flow_export";
import { linksOf, nodesOf, type ProcessTree, placed } from "./flow_tree";
import { neighbour, viewOf } from "./flow_view";
import { GAP_Y, HEIGHT } from "./layout";

const TREE: ProcessTree = {
  process: "p",
  label: "A & B",
  form: "deal",
  start: [
    { key: "t", kind: "date", date: "ends_on", days: -30 },
    { key: "m", kind: "matched", when: "amount < 5" },
  ],
  nodes: [
    { key: "split", kind: "parallel", branches: ["ask", "hold"] },
    { key: "ask", kind: "task", label: "问", next: "meet" },
    { key: "hold", kind: "wait", until: "ends_on - 3", next: "meet" },
    { key: "meet", kind: "join", of: "split", next: "which" },
    { key: "which", kind: "condition", cases: [{ label: "<好>", when: "amount > 5", next: "ask2" }], otherwise: "end" },
    { key: "ask2", kind: "task", note: "写清楚", next: "stop" },
    { key: "stop", kind: "end", scope: "instance" },
  ],
};

it("stands what was placed there, starts above the first, and the rest by the layout", () => {
  const auto = viewOf(TREE).spots;
  const { spots } = viewOf(placed(TREE, new Map([["split", [400, 200]]])));
  expect(spots.get("split")).toEqual({ x: 400, y: 200 });
  expect(spots.get("start:t")?.y).toBe(200 - HEIGHT - GAP_Y);
  expect(spots.get("ask")).toEqual(auto.get("ask"));
  expect(viewOf({ ...TREE, nodes: [] }).links).toEqual([]);
});

it("goes up and down along the ways, left and right to the neighbour", () => {
  const view = viewOf(TREE);
  expect([
    neighbour(view, "split", "down"),
    neighbour(view, "meet", "down"),
    neighbour(view, "ask2", "up"),
    neighbour(view, "ask", "right"),
    neighbour(view, "hold", "left"),
    neighbour(view, "ask", "left"),
    neighbour(view, "stop", "down"),
  ]).toEqual(["ask", "which", "which", "hold", "ask", null, null]);
});

/** Tags open and close in turn; a reader of XML says the same of the downloaded file in the journey. */
function balanced(xml: string): boolean {
  const open: string[] = [];
  for (const [, close, name, alone] of xml.matchAll(/<(\/?)([\w:]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (alone) continue;
    if (!close) open.push(name ?? "");
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

it("tells every node and every way once in BPMN, each with its place", () => {
  const xml = bpmn(TREE, (one) => one.label ?? "");
  expect(balanced(xml.replace(/<\?.*\?>/, ""))).toBe(true);
  for (const node of nodesOf(TREE)) {
    expect(xml.match(new RegExp(` id="n_${node.key}"`, "g"))).toHaveLength(1);
    expect(xml.match(new RegExp(`BPMNShape id="n_${node.key}_di" bpmnElement="n_${node.key}"`, "g"))).toHaveLength(1);
  }
  const flows = [...xml.matchAll(/<sequenceFlow id="(\w+)" sourceRef="(\w+)" targetRef="(\w+)"/g)];
  const told = flows.map(([, , from, to]) => `${from}>${to}`);
  const ids = (key: string) => `n_${key.replace(":", "_")}`;
  for (const link of linksOf(TREE)) expect(told).toContain(`${ids(link.from)}>${ids(link.to)}`);
  expect(told).toHaveLength(linksOf(TREE).length + 1); // the silent end of the condition
  expect(new Set(told).size).toBe(told.length);
  for (const [, id] of flows) expect(xml).toContain(`bpmnElement="${id}"`);
  expect(xml).toContain('name="&lt;好&gt;"');
  expect(xml).toContain("amount &gt; 5");
  expect(xml).toContain("<documentation>写清楚</documentation>");
  expect(xml).toContain('<parallelGateway id="n_meet"');
  expect(xml).toContain("<terminateEventDefinition/>");
  expect(xml).toMatch(/<exclusiveGateway id="n_which" name="which" default="f\d+"/);
});

it("draws a picture with every node's name in it, and what was removed dashed", () => {
  const look = { colour: "#B03A06", word: "已删除" };
  const paper = { page: "#fff", card: "#fff", line: "#999", text: "#111", grey: "#666" };
  const drawn = svg(
    TREE,
    (key) => ({ title: `名 ${key}`, fact: "a < b", colour: "#123456" }),
    (link) => link.words.map((w) => w.label || w.slot).join(" / "),
    { ...paper, marks: { added: look, changed: look, removed: look } },
    new Map([["stop", "removed"]]),
  );
  for (const node of nodesOf(TREE)) expect(drawn.text).toContain(`名 ${node.key}`);
  expect(drawn.text).toContain("&lt;好&gt;");
  expect(drawn.text.match(/stroke-dasharray="5 4"/g)).toHaveLength(1);
  expect(balanced(drawn.text)).toBe(true);
});

it("tells sub-processes, calls, arrivals and several people in BPMN's own words", () => {
  const tree: ProcessTree = {
    process: "p",
    label: "P",
    form: "deal",
    start: [],
    nodes: [
      { key: "each", kind: "sub", process: "one", over: "rows", need: 2, next: "call" },
      { key: "call", kind: "webhook", url: "https://a", next: "came" },
      { key: "came", kind: "wait", arrives: { form: "ticket", by: "deal" }, next: "all" },
      { key: "all", kind: "task", who: [{ role: "a" }, { role: "b" }] },
    ],
  };
  const xml = bpmn(tree, (one) => one.label ?? "");
  expect(balanced(xml.replace(/<\?.*\?>/, ""))).toBe(true);
  expect(xml).toMatch(
    /<callActivity id="n_each" name="each" calledElement="p_one">.*<multiInstanceLoopCharacteristics/,
  );
  expect(xml).toContain("nrOfCompletedInstances &gt;= 2");
  expect(xml).toContain('<serviceTask id="n_call"');
  expect(xml).toMatch(/<intermediateCatchEvent id="n_came".*<messageEventDefinition\/>/);
  expect(xml).toMatch(/<userTask id="n_all".*<multiInstanceLoopCharacteristics isSequential="false">/);
});
