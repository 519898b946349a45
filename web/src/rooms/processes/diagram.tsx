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
import { Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useTheme } from "@/theme";
import type { Picture, Standing } from "./api";
import { fromTop } from "./from_top";
import { HEIGHT, layout, startKey, WIDTH } from "./layout";
import { lookOf, stay, useNodeWords } from "./node_words";
import "@xyflow/react/dist/style.css";

const WHOLE = { maxZoom: 1, minZoom: 0.7, padding: 0.04 };

export interface Shown extends Record<string, unknown> {
  kind: string;
  title: string;
  fact: string;
  here: number | null;
  stuck: number;
  /** 2.1 天, 等待 */
  median: string;
  onRecords?: () => void;
  /** it is drawn: ways are pulled from it and to it */
  live?: boolean;
  /** a trial went through it */
  walked?: boolean;
  /** what became of it since the version in force, as a word */
  mark?: { tone: "added" | "changed"; word: string } | undefined;
  wrong?: { severity: "error" | "hint"; text: string } | undefined;
  note?: boolean;
}
export type Box = Drawn<Shown, "box">;

const KINDS = { box: BoxNode };

/** The published process, read only: how many stand at each step, and how long the middle one stays. */
export function Diagram({
  picture,
  chosen,
  onChoose,
  onRecords,
}: {
  picture: Picture;
  chosen: string | null;
  onChoose: (key: string | null) => void;
  onRecords: (node: string, what: Standing) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { isDark, palette } = useTheme();
  const words = useNodeWords(picture.form);
  const drawn = useMemo(() => layout(picture), [picture]);
  const shown = new Map<string, Shown>([
    ...picture.start.map((s): [string, Shown] => [
      startKey(s.key),
      {
        kind: "start",
        title: label(s) || t("processes:kind_start"),
        fact: words.start(s),
        here: null,
        stuck: 0,
        median: "",
      },
    ]),
    ...picture.nodes.map((n): [string, Shown] => {
      const median = stay(n.median_s);
      return [
        n.key,
        {
          kind: n.kind,
          title: label(n),
          fact: words.node(n),
          here: n.kind === "task" || n.kind === "wait" || n.kind === "approval" || n.here > 0 ? n.here : null,
          stuck: n.stuck,
          onRecords: () => onRecords(n.key, "here"),
          median:
            n.kind === "wait"
              ? t("processes:waiting")
              : median
                ? t(`processes:stay_${median.unit}`, { n: median.n })
                : "",
        },
      ];
    }),
  ]);
  const nodes: Box[] = drawn.places.flatMap((place) => {
    const data = shown.get(place.key);
    return data
      ? [
          {
            id: place.key,
            type: "box" as const,
            position: { x: place.x, y: place.y },
            width: WIDTH,
            height: HEIGHT,
            data,
            selected: place.key === chosen,
            ariaLabel: `${data.title} ${data.fact}`,
          },
        ]
      : [];
  });
  const edges: Edge[] = drawn.links.map((link) => ({
    id: `${link.from}>${link.to}`,
    source: link.from,
    target: link.to,
    sourceHandle: link.back ? "side" : "below",
    targetHandle: link.back ? "side-in" : "above",
    type: "smoothstep",
    ...(link.labels.length > 0 && { label: link.labels.join(" / ") }),
    labelStyle: { fill: palette.text2, fontSize: 11 },
    labelBgStyle: { fill: palette.surface, stroke: palette.border },
    labelBgPadding: [6, 3] as [number, number],
    labelBgBorderRadius: 9,
    style: { stroke: palette.text3, strokeWidth: 1.2, ...(link.back && { strokeDasharray: "4 4" }) },
    markerEnd: { type: MarkerType.ArrowClosed, color: palette.text3, width: 16, height: 16 },
    focusable: false,
  }));
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
      onNodeClick={(_, node) => onChoose(node.id)}
      onPaneClick={() => onChoose(null)}
      style={{ background: "var(--bg)" }}
      aria-label={t("processes:diagram", { label: label(picture) })}
    >
      <Background gap={18} color={palette.borderStrong} />
      <Controls showInteractive={false} position="top-right" />
    </ReactFlow>
  );
}

export function BoxNode({ data, selected }: NodeProps<Box>) {
  const { t } = useTranslation();
  const look = lookOf(data.kind);
  const live = data.live ?? false;
  const enters = live && data.kind !== "start";
  const leaves = live && data.kind !== "end";
  return (
    <div
      className={`box ${selected ? "box-on" : ""} ${data.mark ? `box-${data.mark.tone}` : ""} ${data.walked ? "box-walked" : ""}`}
    >
      <Handle type="target" id="above" position={Position.Top} isConnectable={enters} />
      <Handle type="target" id="side-in" position={Position.Right} isConnectable={false} />
      <span className="box-icon" style={{ background: look.colour }}>
        <Icon name={look.icon} size={16} />
      </span>
      <span className="box-text">
        <b className="cut" title={data.title}>
          {data.title}
        </b>
        <span className="cut" title={data.fact}>
          {data.fact}
        </span>
      </span>
      {data.here !== null && (
        <span className="box-count">
          <button
            type="button"
            className={data.stuck ? "bare nodrag pill pill-bad" : "bare nodrag pill"}
            title={t("processes:here_of", { count: data.here })}
            aria-label={t("processes:here_of", { count: data.here })}
            onClick={(e) => {
              e.stopPropagation();
              data.onRecords?.();
            }}
          >
            {data.here}
          </button>
          <span>{data.median}</span>
        </span>
      )}
      {data.mark && <span className="box-mark">{data.mark.word}</span>}
      {data.note && (
        <span className="box-note" title={t("flow:has_note")}>
          <Icon name="chat" size={13} />
        </span>
      )}
      {data.wrong && (
        <span className={data.wrong.severity === "error" ? "box-stuck" : "box-stuck box-hint"} title={data.wrong.text}>
          !
        </span>
      )}
      {!data.wrong && data.stuck > 0 && (
        <span className="box-stuck" title={t("processes:stuck_of", { count: data.stuck })}>
          !
        </span>
      )}
      <Handle type="source" id="below" position={Position.Bottom} isConnectable={leaves} />
      <Handle type="source" id="side" position={Position.Right} isConnectable={false} />
    </div>
  );
}
