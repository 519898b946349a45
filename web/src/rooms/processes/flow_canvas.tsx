import {
  Background,
  type Edge,
  MarkerType,
  MiniMap,
  type NodeChange,
  Panel,
  Position,
  ReactFlow,
  useReactFlow,
  useViewport,
} from "@xyflow/react";
import { Button } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useTheme } from "@/theme";
import type { Node, Picture } from "./api";
import { type Box, BoxNode, type Shown } from "./diagram";
import type { Mark } from "./flow_marks";
import { isStart, nodeOf, type ProcessTree } from "./flow_tree";
import { type DrawnLink, type Spot, viewOf } from "./flow_view";
import type { Lit } from "./flow_walk";
import { useFlowWords } from "./flow_words";
import { fromTop } from "./from_top";
import { HEIGHT, WIDTH } from "./layout";
import { stay } from "./node_words";
import type { Flow } from "./use_flow";
import "@xyflow/react/dist/style.css";

const WHOLE = { maxZoom: 1, minZoom: 0.5, padding: 0.06 };

const KINDS = { box: BoxNode };
const SNAP: [number, number] = [8, 8];
const handle = (id: string, type: "source" | "target", position: Position, x: number, y: number) => ({
  id,
  type,
  position,
  x: x - 4,
  y: y - 4,
  width: 9,
  height: 9,
});
const HANDLES = [
  handle("above", "target", Position.Top, WIDTH / 2, 0),
  handle("side-in", "target", Position.Right, WIDTH, HEIGHT / 2),
  handle("below", "source", Position.Bottom, WIDTH / 2, HEIGHT),
  handle("side", "source", Position.Right, WIDTH, HEIGHT / 2),
];

/** The process itself: drawn, dragged, connected; read only where `still`. */
export function FlowCanvas({
  tree,
  flow,
  marks,
  live,
  wrong,
  over,
  walked,
  dropping,
  still,
  onRecords,
}: {
  tree: ProcessTree;
  flow: Flow;
  marks: ReadonlyMap<string, Mark>;
  /** the version in force, with how many stand where */
  live: Picture | undefined;
  wrong: ReadonlyMap<string, { severity: "error" | "hint"; text: string }>;
  /** the way that a piece is dragged over */
  over: string | null;
  /** what a trial went through */
  walked: Lit;
  dropping: boolean;
  still: boolean;
  onRecords: (node: string) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { isDark, palette } = useTheme();
  const words = useFlowWords(tree);
  const view = useMemo(() => viewOf(tree), [tree]);
  const [moving, setMoving] = useState<ReadonlyMap<string, Spot>>(new Map());
  const counts = new Map<string, Node>(live?.nodes.map((n) => [n.key, n]));

  const data = (key: string): Shown => {
    const { title, fact, kind } = words.of(key);
    const count = counts.get(key);
    const median = stay(count?.median_s ?? null);
    const mark = marks.get(key);
    const note = nodeOf(tree, key)?.note;
    const waits = kind === "task" || kind === "wait" || kind === "approval";
    return {
      kind,
      title,
      fact,
      here: count && (waits || count.here > 0) ? count.here : null,
      stuck: count?.stuck ?? 0,
      onRecords: () => onRecords(key),
      median:
        kind === "wait" ? t("processes:waiting") : median ? t(`processes:stay_${median.unit}`, { n: median.n }) : "",
      live: !still,
      walked: walked.nodes.has(key),
      mark: mark && mark !== "removed" ? { tone: mark, word: t(`flow:mark_${mark}`) } : undefined,
      wrong: wrong.get(key),
      note: typeof note === "string" && note !== "",
    };
  };
  const nodes: Box[] = [...view.spots].map(([key, spot]) => {
    const shown = data(key);
    const told = [shown.title, shown.fact, shown.mark?.word, shown.wrong?.text].filter(Boolean);
    return {
      id: key,
      type: "box" as const,
      position: moving.get(key) ?? spot,
      width: WIDTH,
      height: HEIGHT,
      measured: { width: WIDTH, height: HEIGHT },
      handles: HANDLES,
      data: shown,
      selected: flow.chosen.includes(key),
      draggable: !still && !isStart(key),
      ariaLabel: told.join(" "),
    };
  });
  const fresh = (link: DrawnLink) => marks.get(link.from) === "added" || marks.get(link.to) === "added";
  const edges: Edge[] = view.links.map((link) => {
    const on = flow.link === link.id || over === link.id;
    const lit = walked.links.has(link.id);
    const colour = on || lit || fresh(link) ? palette.brand : palette.text3;
    const said = words.ways(link);
    return {
      id: link.id,
      source: link.from,
      target: link.to,
      sourceHandle: link.back ? "side" : "below",
      targetHandle: link.back ? "side-in" : "above",
      type: "smoothstep",
      selected: flow.link === link.id,
      className: over === link.id ? "flow-over" : "",
      ...(said && { label: said }),
      labelStyle: { fill: palette.text2, fontSize: 11 },
      labelBgStyle: { fill: palette.surface, stroke: palette.border },
      labelBgPadding: [6, 3] as [number, number],
      labelBgBorderRadius: 9,
      style: {
        stroke: colour,
        strokeWidth: on || lit || fresh(link) ? 2 : 1.2,
        ...(link.back && { strokeDasharray: "4 4" }),
      },
      markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 16, height: 16 },
      interactionWidth: 24,
      reconnectable: still ? false : ("target" as const),
      focusable: !still,
      ariaLabel: t("flow:way_of", { from: flow.nameOf(link.from), to: flow.nameOf(link.to) }),
    };
  });

  function changedNodes(changes: NodeChange<Box>[]) {
    let chosen: readonly string[] | null = null;
    let next: Map<string, Spot> | null = null;
    for (const change of changes) {
      if (change.type === "select") {
        const before: readonly string[] = chosen ?? flow.chosen;
        chosen = change.selected
          ? [...before.filter((k) => k !== change.id), change.id]
          : before.filter((k) => k !== change.id);
      } else if (change.type === "position" && change.position) {
        next ??= new Map(moving);
        next.set(change.id, change.position);
      }
    }
    if (chosen) flow.select(chosen);
    if (next) setMoving(next);
  }
  const ends = (key: string) => nodeOf(tree, key)?.kind === "end";

  return (
    <div
      className="flow-draw"
      onFocusCapture={(event) => {
        const box = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node");
        const key = box?.dataset.id;
        if (key && event.target === box && box.matches(":focus-visible") && !flow.chosen.includes(key))
          flow.select([key]);
      }}
    >
      {dropping && <span className="flow-drop">{t(over ? "flow:drop_way" : "flow:drop_here")}</span>}
      {view.spots.size === 0 && <p className="flow-empty">{t("flow:empty")}</p>}
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={KINDS}
        colorMode={isDark ? "dark" : "light"}
        nodesDraggable={!still}
        nodesConnectable={!still}
        nodesFocusable
        edgesFocusable={!still}
        elementsSelectable={!still}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={still ? null : "Shift"}
        multiSelectionKeyCode={["Control", "Meta"]}
        snapToGrid
        snapGrid={SNAP}
        onInit={fromTop(WHOLE)}
        minZoom={0.2}
        maxZoom={2}
        onNodesChange={changedNodes}
        onNodeDragStop={(_, __, moved) => {
          setMoving(new Map());
          const places = new Map<string, [number, number]>();
          for (const { id, position } of moved) {
            const before = view.spots.get(id);
            if (before && (before.x !== position.x || before.y !== position.y))
              places.set(id, [Math.round(position.x), Math.round(position.y)]);
          }
          if (places.size) flow.move(places);
        }}
        onEdgeClick={(_, edge) => !still && flow.chooseLink(edge.id)}
        onPaneClick={() => {
          flow.select([]);
          flow.chooseLink(null);
        }}
        isValidConnection={(c) => c.source !== c.target && !isStart(c.target) && !ends(c.source)}
        onConnect={(c) => flow.connect(c.source, c.target)}
        onReconnect={(old, c) => flow.lead(old.id, c.target)}
        style={{ background: "var(--bg)" }}
        aria-label={t("processes:diagram", { label: label(tree) })}
      >
        <Background gap={18} size={1.6} color={palette.borderStrong} />
        {!still && (
          <MiniMap
            pannable
            zoomable
            position="bottom-right"
            style={{ width: 132, height: 96 }}
            ariaLabel={t("flow:map")}
            nodeColor={(n) => (flow.chosen.includes(n.id) ? palette.brand : palette.borderStrong)}
          />
        )}
        <Bar flow={flow} live={live} still={still} view={view.spots} />
      </ReactFlow>
    </div>
  );
}

/** How large it is shown, and what runs; brings into sight what was asked for. */
function Bar({
  flow,
  live,
  still,
  view,
}: {
  flow: Flow;
  live: Picture | undefined;
  still: boolean;
  view: ReadonlyMap<string, Spot>;
}) {
  const { t } = useTranslation();
  const rf = useReactFlow();
  const { zoom } = useViewport();
  const stuck = live?.nodes.reduce((n, one) => n + one.stuck, 0) ?? 0;
  const spot = view.get(flow.sight.key);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when a step shall be seen, not when the view moves
  useEffect(() => {
    const pane = document.querySelector(".flow-draw")?.getBoundingClientRect();
    if (!spot || !pane) return;
    const a = rf.flowToScreenPosition(spot);
    const b = rf.flowToScreenPosition({ x: spot.x + WIDTH, y: spot.y + HEIGHT });
    if (a.x < pane.left || a.y < pane.top || b.x > pane.right || b.y > pane.bottom)
      void rf.setCenter(spot.x + WIDTH / 2, spot.y + HEIGHT / 2, { zoom, duration: 120 });
  }, [flow.sight]);
  return (
    <Panel position="bottom-left" className="row">
      {live && (
        <span className="flow-bar small">
          {t("flow:running", { n: live.version, open: live.open, stuck })}
          {!still && (
            <span className="flow-legend">
              <span className="flow-legend-pill" aria-hidden />
              {t("flow:legend")}
            </span>
          )}
        </span>
      )}
      <span className="flow-bar">
        <Button size="small" type="text" aria-label={t("flow:smaller")} onClick={() => void rf.zoomOut()}>
          −
        </Button>
        <span aria-live="polite">{Math.round(zoom * 100)}%</span>
        <Button size="small" type="text" aria-label={t("flow:larger")} onClick={() => void rf.zoomIn()}>
          +
        </Button>
        <Button
          size="small"
          type="text"
          icon={<Icon name="expand" size={14} />}
          onClick={() => void rf.fitView({ padding: 0.06 })}
        >
          {t("flow:fit")}
        </Button>
        {!still && (
          <Button size="small" type="text" onClick={flow.lay}>
            {t("flow:lay_out")}
          </Button>
        )}
      </span>
    </Panel>
  );
}
