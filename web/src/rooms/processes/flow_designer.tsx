import { DndContext, type DragEndEvent, type DragMoveEvent, DragOverlay, useSensor, useSensors } from "@dnd-kit/core";
import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { Button, Dropdown, type InputRef } from "antd";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { Icon, useKeys, usePhone } from "@/kit";
import { Designer, type DesignProblem, definitionsQuery, draftsQuery, useDraft } from "@/rooms/design";
import { useLabel } from "@/rooms/forms";
import { elsewhere, Hand, useClipboard } from "@/rooms/forms/hands";
import { processQuery } from "./api";
import { FlowCanvas } from "./flow_canvas";
import { Compare, usePaper } from "./flow_compare";
import { bpmn, svg } from "./flow_export";
import { FlowInspector } from "./flow_inspector";
import { marks } from "./flow_marks";
import { OnEarlier } from "./flow_migration";
import { FlowPalette } from "./flow_palette";
import { changeCount, FlowChanges, RunningAfter } from "./flow_sheet";
import { keyAt, type ProcessTree } from "./flow_tree";
import { Trial } from "./flow_trial";
import { DARK, type Lit } from "./flow_walk";
import { useFlowWords } from "./flow_words";
import { WIDTH } from "./layout";
import { lookOf } from "./node_words";
import { saved, toPng } from "./save_picture";
import { useFlow } from "./use_flow";
import "@/rooms/forms/forms.css";
import "./flow.css";
import "./processes.css";

/** A process, drawn: palette, canvas, and what the chosen step is. */
export function FlowDesignerPage() {
  const { key = "" } = useParams();
  return (
    <ReactFlowProvider key={key}>
      <FlowDesigner process={key} />
    </ReactFlowProvider>
  );
}

function FlowDesigner({ process }: { process: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const navigate = useNavigate();
  const rf = useReactFlow();
  const work = useDraft<ProcessTree>("process", process);
  const head = useQuery(definitionsQuery("process")).data?.find((d) => d.key === process);
  const others = (useQuery(draftsQuery).data ?? []).some((d) => !work.ids.includes(d.id));
  const live = useQuery({ ...processQuery(process), enabled: work.current !== null, retry: false }).data;
  const flow = useFlow(work);
  const { tree } = flow;
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const [comparing, setComparing] = useState(false);
  const [trying, setTrying] = useState(false);
  const [walked, setWalked] = useState<Lit>(DARK);
  const search = useRef<InputRef>(null);
  const sensors = useSensors(useSensor(Hand, { activationConstraint: { distance: 6 } }));
  const marked = useMemo(() => (tree ? marks(work.current, tree) : new Map()), [work.current, tree]);

  const findKind = () => search.current?.focus();
  const step = (act: () => void) => () => elsewhere() || act();
  useKeys(
    phone || comparing
      ? {}
      : {
          n: findKind,
          "/": findKind,
          ArrowUp: step(() => flow.arrow("up")),
          ArrowDown: step(() => flow.arrow("down")),
          ArrowLeft: step(() => flow.arrow("left")),
          ArrowRight: step(() => flow.arrow("right")),
          ...(!trying && { Delete: step(flow.remove), Backspace: step(flow.remove) }),
          Enter: step(flow.focusLabel),
          Escape: () => {
            flow.select([]);
            flow.chooseLink(null);
          },
        },
  );
  useClipboard(() => !phone && flow.copy(), flow.paste);

  const wrong = new Map<string, { severity: "error" | "hint"; text: string }>();
  for (const p of work.problems) {
    const key = tree && keyAt(tree, p.path);
    if (key && wrong.get(key)?.severity !== "error") wrong.set(key, { severity: p.severity, text: p.text });
  }

  const point = (event: DragMoveEvent | DragEndEvent) => {
    const { clientX, clientY } = event.activatorEvent as PointerEvent;
    return { x: clientX + event.delta.x, y: clientY + event.delta.y };
  };
  const wayAt = ({ x, y }: { x: number; y: number }) =>
    document
      .elementsFromPoint(x, y)
      .map((one) => one.closest<SVGElement>(".react-flow__edge, .react-flow__edge-textwrapper")?.dataset.id)
      .find((id) => id !== undefined) ?? null;
  function dropped(event: DragEndEvent) {
    setDragged(null);
    setOver(null);
    const piece = (event.active.data.current as { piece?: string } | undefined)?.piece;
    const at = point(event);
    const pane = document.querySelector(".flow-draw")?.getBoundingClientRect();
    if (!piece || !pane || at.x < pane.left || at.x > pane.right || at.y < pane.top || at.y > pane.bottom) return;
    const link = wayAt(at);
    const spot = rf.screenToFlowPosition(at);
    flow.add(piece, link ? { link } : { spot: { x: spot.x - WIDTH / 2, y: spot.y - 20 } });
  }
  const onProblem = (problem: DesignProblem) => void flow.show(problem);

  return (
    <DndContext
      sensors={sensors}
      autoScroll={false}
      onDragStart={(e) => setDragged((e.active.data.current as { piece?: string } | undefined)?.piece ?? null)}
      onDragMove={(e) => setOver(wayAt(point(e)))}
      onDragEnd={dropped}
      onDragCancel={() => setDragged(null)}
    >
      <Designer
        work={work}
        name={tree ? label(tree) : process}
        backTo={work.current ? `/processes/${process}` : "/processes"}
        number={head?.number ?? 0}
        othersWait={others}
        facts={
          tree && !phone ? (
            <>
              {work.current && (
                <Button
                  size="small"
                  type="text"
                  icon={<Icon name="columns" size={15} />}
                  onClick={() => setComparing(true)}
                >
                  {t("flow:compare", { n: head?.number ?? 0 })}
                </Button>
              )}
              <Export tree={tree} />
              <Button size="small" icon={<Icon name="flask" size={15} />} onClick={() => setTrying(true)}>
                {t("flow:trial")}
              </Button>
              {work.current && !work.problems.some((p) => p.severity === "error") && (
                <OnEarlier process={process} number={head?.number ?? 0} stamp={work.stamp} />
              )}
            </>
          ) : undefined
        }
        palette={<FlowPalette onAdd={(kind) => flow.add(kind)} search={search} />}
        canvas={
          tree && (
            <>
              <FlowCanvas
                tree={tree}
                flow={flow}
                marks={marked}
                live={live}
                wrong={wrong}
                over={over}
                walked={walked}
                dropping={dragged !== null}
                still={phone}
                onRecords={(node) => void navigate(`/processes/${process}?records=${node}:here`)}
              />
              {phone && work.problems.length > 0 && (
                <ul className="flow-phone-problems" aria-label={t("design:problems")}>
                  {work.problems.map((p) => (
                    <li key={`${p.code}${p.path}`}>
                      <b>{t(`design:severity_${p.severity}`)}</b> {p.text}
                    </li>
                  ))}
                </ul>
              )}
            </>
          )
        }
        inspector={tree && <FlowInspector tree={tree} flow={flow} problems={work.problems} />}
        {...(tree &&
          work.current && {
            sheet: {
              count: changeCount(work.current, tree),
              changes: <FlowChanges before={work.current} after={tree} />,
              running: <RunningAfter process={process} number={head?.number ?? 0} stamp={work.stamp} />,
              compare: { label: t("flow:compare", { n: head?.number ?? 0 }), act: () => setComparing(true) },
            },
          })}
        onProblem={onProblem}
        onFix={(p) => {
          const fix = p.fix;
          const key = fix && tree && keyAt(tree, fix.path);
          if (!fix) return;
          const inside = fix.path.replace(/^(nodes|start)\[\d+\]\./, "").replace(/\[(\d+)\]/g, ".$1");
          if (key) flow.set(key, { [inside]: fix.value }, t("flow:fix"));
          else flow.head(inside, fix.value, t("flow:fix"));
        }}
      />
      {comparing && tree && work.current && (
        <Compare
          process={process}
          draft={tree}
          onClose={() => setComparing(false)}
          onChoose={(key) => {
            setComparing(false);
            flow.select([key], key);
          }}
        />
      )}
      {trying && tree && (
        <Trial
          tree={tree}
          onWalked={setWalked}
          onChoose={(key) => flow.select([key], key)}
          onClose={() => {
            setTrying(false);
            setWalked(DARK);
          }}
        />
      )}
      <DragOverlay dropAnimation={null}>
        {dragged && (
          <span className="palette-piece palette-flying">
            <Icon name={lookOf(dragged).icon} size={15} />
            {t(`processes:kind_${dragged}`)}
          </span>
        )}
      </DragOverlay>
    </DndContext>
  );
}

/** As BPMN 2.0, as a picture. */
function Export({ tree }: { tree: ProcessTree }) {
  const { t } = useTranslation();
  const label = useLabel();
  const words = useFlowWords(tree);
  const paper = usePaper();
  const name = label(tree) || tree.process;
  const drawn = () =>
    svg(
      tree,
      (key) => {
        const { title, fact, kind } = words.of(key);
        return { title, fact, colour: lookOf(kind).colour };
      },
      words.ways,
      paper,
    );
  const acts: Record<string, () => void> = {
    bpmn: () => saved(bpmn(tree, label), `${name}.bpmn`, "application/xml"),
    svg: () => saved(drawn().text, `${name}.svg`, "image/svg+xml"),
    png: () => void toPng(drawn(), `${name}.png`),
  };
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: Object.keys(acts).map((key) => ({ key, label: t(`flow:export_${key}`) })),
        onClick: ({ key }) => acts[key]?.(),
      }}
    >
      <Button size="small" type="text" icon={<Icon name="download" size={15} />}>
        {t("flow:export")}
      </Button>
    </Dropdown>
  );
}
