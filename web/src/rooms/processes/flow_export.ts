/** A process as BPMN 2.0 XML with its diagram, and as a picture. Pure: text in, text out. */
import type { Mark } from "./flow_marks";
import { nodeOf, nodesOf, type ProcessTree, startKey, startsOf, waysOf } from "./flow_tree";
import { type Spot, viewOf } from "./flow_view";
import { HEIGHT, WIDTH } from "./layout";

const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" })[c] ?? c);
const id = (key: string) => `n_${key.replace(/[^A-Za-z0-9_]/g, "_")}`;

const TAGS: Record<string, string> = {
  task: "userTask",
  approval: "userTask",
  condition: "exclusiveGateway",
  parallel: "parallelGateway",
  inclusive: "inclusiveGateway",
  wait: "intermediateCatchEvent",
  sub: "callActivity",
  webhook: "serviceTask",
  notify: "sendTask",
  update: "scriptTask",
  create: "scriptTask",
  end: "endEvent",
};
const EVENTS = new Set(["startEvent", "intermediateCatchEvent", "endEvent"]);

interface Element {
  id: string;
  tag: string;
  name: string;
  attributes: string;
  inner: string;
  spot: Spot;
  note: string;
}
interface Flow {
  id: string;
  from: string;
  to: string;
  name: string;
  condition: string;
}

const formal = (tag: string, text: string) => `<${tag} xsi:type="tFormalExpression">${escaped(text)}</${tag}>`;
const timer = (text: string) => `<timerEventDefinition>${formal("timeDate", text)}</timerEventDefinition>`;
const when = (text: string) => `<conditionalEventDefinition>${formal("condition", text)}</conditionalEventDefinition>`;

/** What somebody else's modeller opens: every node and every way once, a gateway's silent end as an end event. */
export function bpmn(tree: ProcessTree, label: (thing: { label?: string; label_en?: string }) => string): string {
  const { spots } = viewOf(tree);
  const elements: Element[] = [];
  const flows: Flow[] = [];
  const spot = (key: string) => spots.get(key) ?? { x: 0, y: 0 };
  const add = (one: Omit<Element, "attributes" | "note"> & Partial<Element>) =>
    elements.push({ attributes: "", note: "", ...one });
  const first = nodesOf(tree)[0];
  for (const s of startsOf(tree)) {
    const days = Number(s.days ?? s.workdays ?? 0);
    const inner =
      s.kind === "date"
        ? timer(`${String(s.date ?? "")} ${days < 0 ? "-" : "+"} ${Math.abs(days)} ${String(s.at ?? "")}`.trim())
        : s.kind === "matched"
          ? when(String(s.when ?? ""))
          : "";
    const key = id(startKey(s.key));
    add({ id: key, tag: "startEvent", name: label(s), inner, spot: spot(startKey(s.key)) });
    if (first) flows.push({ id: `f${flows.length}`, from: key, to: id(first.key), name: "", condition: "" });
  }
  for (const node of nodesOf(tree)) {
    const split = typeof node.of === "string" ? nodeOf(tree, node.of) : undefined;
    const tag =
      node.kind === "join"
        ? node.need
          ? "complexGateway"
          : split?.kind === "inclusive"
            ? "inclusiveGateway"
            : "parallelGateway"
        : (TAGS[node.kind] ?? "task");
    const gateway = tag.endsWith("Gateway");
    let attributes = "";
    for (const { slot, to, label: called } of waysOf(node)) {
      const silent = !to || !nodeOf(tree, to);
      if (silent && (!gateway || node.kind === "join")) continue;
      const flow = `f${flows.length}`;
      const target = silent ? `${flow}_end` : id(to);
      if (silent) {
        const at = spot(node.key);
        const shift = 60 * elements.filter((e) => e.id.startsWith("f")).length;
        add({
          id: target,
          tag: "endEvent",
          name: "",
          inner: "",
          spot: { x: at.x + WIDTH + 30, y: at.y + (shift % 120) },
        });
      }
      const owner = /^cases\.(\d+)\.next$/.exec(slot);
      const cases = Array.isArray(node.cases) ? (node.cases as { when?: unknown }[]) : [];
      const condition = owner ? String(cases[Number(owner[1])]?.when ?? "") : "";
      if (slot === "otherwise") attributes = ` default="${flow}"`;
      flows.push({ id: flow, from: id(node.key), to: target, name: called, condition });
    }
    const lasting = node.days ? `P${String(node.days)}D` : node.workdays ? `${String(node.workdays)} workdays` : "";
    const several = Array.isArray(node.who) && node.kind === "task" ? "n" : typeof node.over === "string" ? "over" : "";
    if (node.kind === "sub" && node.process) attributes += ` calledElement="p_${escaped(String(node.process))}"`;
    const inner = several
      ? `<multiInstanceLoopCharacteristics isSequential="false">${
          node.need ? formal("completionCondition", `nrOfCompletedInstances >= ${Number(node.need)}`) : ""
        }</multiInstanceLoopCharacteristics>`
      : node.kind === "wait"
        ? node.arrives || typeof node.hook === "string"
          ? "<messageEventDefinition/>"
          : typeof node.met === "string"
            ? when(node.met)
            : timer(typeof node.until === "string" ? node.until : lasting)
        : node.kind === "end" && node.scope === "instance"
          ? "<terminateEventDefinition/>"
          : "";
    add({
      id: id(node.key),
      tag,
      name: label(node) || node.key,
      inner,
      attributes,
      spot: spot(node.key),
      note: typeof node.note === "string" ? node.note : "",
    });
  }
  const box = (one: Element) => {
    if (EVENTS.has(one.tag)) return { x: one.spot.x + WIDTH / 2 - 18, y: one.spot.y + HEIGHT / 2 - 18, w: 36, h: 36 };
    if (one.tag.endsWith("Gateway"))
      return { x: one.spot.x + WIDTH / 2 - 25, y: one.spot.y + HEIGHT / 2 - 25, w: 50, h: 50 };
    return { x: one.spot.x, y: one.spot.y, w: WIDTH, h: HEIGHT };
  };
  const boxes = new Map(elements.map((one) => [one.id, box(one)]));
  const process = id(tree.process).replace(/^n_/, "p_");
  const body = elements.map((one) => {
    const into = flows.filter((f) => f.to === one.id).map((f) => `<incoming>${f.id}</incoming>`);
    const out = flows.filter((f) => f.from === one.id).map((f) => `<outgoing>${f.id}</outgoing>`);
    const note = one.note ? `<documentation>${escaped(one.note)}</documentation>` : "";
    const name = one.name ? ` name="${escaped(one.name)}"` : "";
    return `    <${one.tag} id="${one.id}"${name}${one.attributes}>${note}${into.join("")}${out.join("")}${one.inner}</${one.tag}>`;
  });
  const ways = flows.map((f) => {
    const name = f.name ? ` name="${escaped(f.name)}"` : "";
    const inner = f.condition ? formal("conditionExpression", f.condition) : "";
    return `    <sequenceFlow id="${f.id}" sourceRef="${f.from}" targetRef="${f.to}"${name}>${inner}</sequenceFlow>`;
  });
  const shapes = elements.map((one) => {
    const b = box(one);
    return `      <bpmndi:BPMNShape id="${one.id}_di" bpmnElement="${one.id}"><dc:Bounds x="${b.x}" y="${b.y}" width="${b.w}" height="${b.h}"/></bpmndi:BPMNShape>`;
  });
  const edges = flows.map((f) => {
    const a = boxes.get(f.from);
    const b = boxes.get(f.to);
    const points = a && b ? [[a.x + a.w / 2, a.y + a.h], [b.x + b.w / 2, b.y]] : []; // biome-ignore format: two points
    const told = points.map(([x, y]) => `<di:waypoint x="${x}" y="${y}"/>`).join("");
    return `      <bpmndi:BPMNEdge id="${f.id}_di" bpmnElement="${f.id}">${told}</bpmndi:BPMNEdge>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="urn:perennial:${escaped(tree.process)}">
  <process id="${process}" name="${escaped(label(tree))}" isExecutable="false">
${[...body, ...ways].join("\n")}
  </process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="${process}">
${[...shapes, ...edges].join("\n")}
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</definitions>
`;
}

export interface Words {
  title: string;
  fact: string;
  colour: string;
}
/** Colours of the picture; what was removed is dashed, so no meaning by hue alone. */
export interface Paper {
  page: string;
  card: string;
  line: string;
  text: string;
  grey: string;
  marks: Record<Mark, { colour: string; word: string }>;
}

/** The picture as SVG: what the canvas shows, without a browser. */
export function svg(
  tree: ProcessTree,
  words: (key: string) => Words,
  wayWords: (link: { words: { label: string; slot: string }[] }) => string,
  paper: Paper,
  marked: ReadonlyMap<string, Mark> = new Map(),
  wayMarks: ReadonlyMap<string, Mark> = new Map(),
): { text: string; width: number; height: number } {
  const { spots, links } = viewOf(tree);
  const all = [...spots.values()];
  const pad = 32;
  const left = Math.min(0, ...all.map((s) => s.x)) - pad;
  const top = Math.min(0, ...all.map((s) => s.y)) - pad;
  const width = Math.max(WIDTH, ...all.map((s) => s.x + WIDTH)) + pad + 48 - left;
  const height = Math.max(HEIGHT, ...all.map((s) => s.y + HEIGHT)) + pad - top;
  const cut = (text: string, most: number) => {
    let wide = 0;
    let out = "";
    for (const c of text) {
      wide += c.charCodeAt(0) > 255 ? 2 : 1;
      if (wide > most) return `${out}…`;
      out += c;
    }
    return out;
  };
  const way = links.map((link) => {
    const a = spots.get(link.from);
    const b = spots.get(link.to);
    if (!a || !b) return "";
    const said = wayWords(link);
    const from = link.back ? { x: a.x + WIDTH, y: a.y + HEIGHT / 2 } : { x: a.x + WIDTH / 2, y: a.y + HEIGHT };
    const to = link.back ? { x: b.x + WIDTH, y: b.y + HEIGHT / 2 } : { x: b.x + WIDTH / 2, y: b.y };
    const out = Math.max(from.x, to.x) + 28;
    const middle = (from.y + to.y) / 2;
    const path = link.back
      ? `M${from.x} ${from.y}H${out}V${to.y}H${to.x + 6}`
      : from.x === to.x
        ? `M${from.x} ${from.y}V${to.y - 6}`
        : `M${from.x} ${from.y}V${middle}H${to.x}V${to.y - 6}`;
    const mark = wayMarks.get(link.id);
    const dashed = mark === "removed" ? ' stroke-dasharray="2 4"' : link.back ? ' stroke-dasharray="4 4"' : "";
    const stroke = mark
      ? `stroke="${paper.marks[mark].colour}" stroke-width="2"`
      : `stroke="${paper.line}" stroke-width="1.2"`;
    const at = link.back ? { x: out, y: middle } : { x: (from.x + to.x) / 2, y: middle };
    const text = said
      ? `<text x="${at.x}" y="${at.y + 4}" text-anchor="middle" font-size="11" fill="${paper.grey}" stroke="${paper.page}" stroke-width="4" paint-order="stroke">${escaped(cut(said, 24))}</text>`
      : "";
    return `<path d="${path}" fill="none" ${stroke} marker-end="url(#arrow)"${dashed}/>${text}`;
  });
  const boxes = [...spots].map(([key, { x, y }]) => {
    const { title, fact, colour } = words(key);
    const mark = marked.get(key);
    const look = mark ? paper.marks[mark] : null;
    const stroke = look ? `stroke="${look.colour}" stroke-width="2"` : `stroke="${paper.line}"`;
    const dashed = mark === "removed" ? ' stroke-dasharray="5 4"' : "";
    const tag = look
      ? `<text x="${x + WIDTH - 10}" y="${y + 16}" text-anchor="end" font-size="11" font-weight="600" fill="${look.colour}">${escaped(look.word)}</text>`
      : "";
    return `<g data-key="${escaped(key)}"${mark ? " data-mark" : ""}><title>${escaped(`${title} ${fact}`)}</title><rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8" fill="${paper.card}" ${stroke}${dashed}/><rect x="${x + 10}" y="${y + 15}" width="28" height="28" rx="6" fill="${colour}"/><text x="${x + 46}" y="${y + 26}" font-size="13" font-weight="600" fill="${paper.text}">${escaped(cut(title, look ? 18 : 23))}</text><text x="${x + 46}" y="${y + 43}" font-size="11" fill="${paper.grey}">${escaped(cut(fact, 28))}</text>${tag}</g>`;
  });
  const font = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}" font-family="${font}"><defs><marker id="arrow" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${paper.line}"/></marker></defs><rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${paper.page}"/>${way.join("")}${boxes.join("")}</svg>`;
  return { text, width, height };
}
