import {
  Background,
  Controls,
  type Node as Drawn,
  type Edge,
  Handle,
  MarkerType,
  type NodeProps,
  Position,
  ReactFlow,
} from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { format, Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useTheme } from "@/theme";
import type { Picture } from "./api";
import { fromTop } from "./from_top";
import { HEIGHT, layout, startKey, WIDTH } from "./layout";
import { lookOf } from "./node_words";
import type { Behind, Watch, WatchedNode } from "./watch_api";
import { byWay, forks } from "./watch_model";
import { useWatchWords } from "./watch_words";
import "@xyflow/react/dist/style.css";

const WHOLE = { maxZoom: 1, minZoom: 0.6, padding: 0.04 };

interface Shown extends Record<string, unknown> {
  title: string;
  kind: string;
  fact: string;
  told: string;
  node: WatchedNode | undefined;
  onOpen: (what: Behind) => void;
  onHere: () => void;
}
type Box = Drawn<Shown, "watched">;
const KINDS = { watched: WatchedBox };
const ROOM = 12; // a line more than in the plain picture

/** The published process with what went through it: how many, how long, and which way. */
export function WatchDiagram({
  picture,
  watch,
  onOpen,
  onHere,
}: {
  picture: Picture;
  watch: Watch;
  onOpen: (what: Behind) => void;
  onHere: (node: string) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { isDark, palette } = useTheme();
  const words = useWatchWords(watch);
  const drawn = useMemo(() => layout(picture), [picture]);
  const ways = byWay(watch.edges);
  const starts = new Map(picture.start.map((s) => [startKey(s.key), s]));
  const kinds = new Map(picture.nodes.map((n) => [n.key, n.kind]));
  const nodes: Box[] = drawn.places.map((place) => {
    const node = words.node(place.key);
    const start = starts.get(place.key);
    const title = node ? label(node) : start ? label({ label: "", ...start }) || t("processes:kind_start") : place.key;
    const began = watch.edges.find((e) => e.from === place.key)?.visits ?? 0;
    const fact = node ? words.took(node) : start ? t("watch:began_here", { count: began }) : "";
    return {
      id: place.key,
      type: "watched" as const,
      position: { x: place.x, y: place.y * (1 + ROOM / HEIGHT) },
      width: WIDTH,
      height: HEIGHT,
      data: {
        title,
        kind: kinds.get(place.key) ?? "start",
        fact,
        told: node ? words.stays(node) : fact,
        node,
        onOpen,
        onHere: () => onHere(place.key),
      },
      ariaLabel: `${title} ${node ? words.stays(node) : fact}`,
    };
  });
  const edges: Edge[] = drawn.links.map((link) => {
    const way = ways.get(`${link.from}>${link.to}`);
    const share = way && forks(watch.edges, link.from) ? t("watch:share", { share: format.percent(way.share, 0) }) : "";
    const lines = [
      link.labels.join(" / "),
      way ? `${way.visits}${share}` : "",
      way && forks(watch.edges, link.from) ? words.took(way) : "",
    ].filter(Boolean);
    const none = !way || way.visits === 0;
    return {
      id: `${link.from}>${link.to}`,
      source: link.from,
      target: link.to,
      sourceHandle: link.back ? "side" : "below",
      targetHandle: link.back ? "side-in" : "above",
      type: "smoothstep",
      ...(lines.length > 0 && { label: <InLines lines={lines} /> }),
      labelStyle: { fill: none ? palette.text3 : palette.text2, fontSize: 11 },
      labelBgStyle: { fill: palette.surface, stroke: palette.border },
      labelBgPadding: [6, 3] as [number, number],
      labelBgBorderRadius: 9,
      className: none ? "watch-untaken" : "watch-taken",
      style: { stroke: palette.text3, strokeWidth: 1.2, ...(link.back && { strokeDasharray: "4 4" }) },
      markerEnd: { type: MarkerType.ArrowClosed, color: palette.text3, width: 16, height: 16 },
      focusable: false,
    };
  });
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={KINDS}
      colorMode={isDark ? "dark" : "light"}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      deleteKeyCode={null}
      onInit={fromTop(WHOLE)}
      minZoom={0.3}
      maxZoom={1.6}
      onEdgeClick={(_, edge) =>
        (ways.get(edge.id)?.visits ?? 0) > 0 &&
        !starts.has(edge.source) &&
        onOpen({ of: "way", node: edge.source, to: edge.target })
      }
      style={{ background: "var(--bg)" }}
      aria-label={t("watch:diagram", { label: label(picture) })}
    >
      <Background gap={18} color={palette.borderStrong} />
      <Controls showInteractive={false} position="top-right" />
    </ReactFlow>
  );
}

/** Lines of a text in a drawing, which knows of no wrapping, about the middle of where it stands. */
function InLines({ lines }: { lines: readonly string[] }) {
  return lines.map((line, at) => (
    <tspan key={line} x="0" dy={at === 0 ? `${0.1 + (1 - lines.length) * 0.65}em` : "1.3em"}>
      {line}
    </tspan>
  ));
}

function WatchedBox({ data }: NodeProps<Box>) {
  const { t } = useTranslation();
  const look = lookOf(data.kind);
  const { node } = data;
  return (
    <div className={node?.slow ? "box watch-box watch-slow" : "box watch-box"}>
      <Handle type="target" id="above" position={Position.Top} isConnectable={false} />
      <Handle type="target" id="side-in" position={Position.Right} isConnectable={false} />
      <span className="box-icon" style={{ background: look.colour }}>
        <Icon name={look.icon} size={16} />
      </span>
      <span className="box-text">
        <b className="cut" title={data.title}>
          {data.title}
        </b>
        <span className="cut" title={data.told}>
          {data.fact}
        </span>
      </span>
      {node && (
        <span className="box-count">
          <button
            type="button"
            className="bare nodrag pill"
            disabled={node.visits === 0}
            title={t("watch:passed_of", { count: node.visits })}
            aria-label={t("watch:passed_of", { count: node.visits })}
            onClick={() => data.onOpen({ of: "passed", node: node.key })}
          >
            {node.visits}
          </button>
          {node.here > 0 && (
            <button type="button" className="bare nodrag watch-here" onClick={data.onHere}>
              {t("watch:here", { n: node.here })}
            </button>
          )}
        </span>
      )}
      {node?.slow && <span className="watch-mark">{t("watch:slow")}</span>}
      {node && node.stuck > 0 && (
        <span className="box-stuck" title={t("processes:stuck_of", { count: node.stuck })}>
          !
        </span>
      )}
      <Handle type="source" id="below" position={Position.Bottom} isConnectable={false} />
      <Handle type="source" id="side" position={Position.Right} isConnectable={false} />
    </div>
  );
}
