import { useMutation } from "@tanstack/react-query";
import { Checkbox } from "antd";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, Lines, Side, toast, useKeys, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import type { Values } from "@/rooms/records/record_model";
import { finishTask, giveTaskBack, snoozeTasks, type Task, takeTask } from "./api";
import { TaskBulk } from "./bulk";
import type { Group } from "./inbox_model";
import { InboxRow, type RowAct } from "./inbox_row";
import { isPlain, titleOf } from "./model";
import { useActs } from "./use_acts";
import "@/rooms/records/list.css";
import "./tasks.css";
import "./inbox.css";

const FinishForm = lazy(async () => ({ default: (await import("./finish_form")).FinishForm }));
const Dialogs = {
  move: lazy(async () => ({ default: (await import("./dialogs")).MoveDialog })),
  snooze: lazy(async () => ({ default: (await import("./dialogs")).SnoozeDialog })),
  due: lazy(async () => ({ default: (await import("./dialogs")).DueDialog })),
  finish: lazy(async () => ({ default: (await import("./dialogs")).FinishDialog })),
};
const HistorySide = lazy(async () => ({ default: (await import("./history_side")).HistorySide }));
const RecordSide = lazy(async () => ({ default: (await import("@/rooms/records/record_side")).RecordSide }));

export interface ShownGroup extends Group {
  head?: ReactNode;
  foot?: ReactNode;
}
/** What is dragged from the list: the row, or all that is chosen when it is among them. */
export interface Dragging {
  start: (tasks: readonly Task[]) => void;
  end: () => void;
}

/** Tasks in groups, of which several may be chosen. j k x e s t Enter as everywhere. */
export function InboxList({
  groups,
  team = false,
  drag,
  fact,
}: {
  groups: readonly ShownGroup[];
  team?: boolean;
  drag?: Dragging;
  /** of the bar: what the choice means */
  fact?: (chosen: readonly Task[]) => ReactNode;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const forms = useForms();
  const problemText = useProblemText();
  const { run, again } = useActs();
  const [focusedId, setFocusedId] = useState<number | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<{ kind: keyof typeof Dialogs; tasks: readonly Task[] } | null>(null);
  const [finishing, setFinishing] = useState<number | null>(null);
  const [past, setPast] = useState<Task | null>(null);
  const [open, setOpen] = useState<Task | null>(null);
  const [tab, setTab] = useState("");
  const anchor = useRef(-1);
  const box = useRef<HTMLDivElement>(null);

  const flat = useMemo(() => groups.filter((g) => !folded.has(g.key)).flatMap((g) => g.tasks), [groups, folded]);
  const picked = useMemo(
    () => groups.flatMap((g) => g.tasks).filter((task) => chosen.has(task.id) && task.state === "open"),
    [groups, chosen],
  );
  const at = flat.findIndex((x) => x.id === focusedId);
  const focused = flat[at];

  const finish = useMutation({
    mutationFn: ({ task, values, outcome }: { task: Task; values: Values; outcome: string | null }) =>
      finishTask(task.id, values, outcome),
    onSuccess: async (_, { task }) => {
      const here = flat.findIndex((x) => x.id === task.id);
      setFinishing(null);
      setFocusedId((flat[here + 1] ?? flat[here - 1])?.id ?? null);
      toast({ text: t("tasks:finished", { title: titleOf(task, label) }) });
      await again();
    },
    onError: async (error, { task }) => {
      if (isPlain(task)) toast({ text: problemText(error), tone: "bad" });
      await again();
    },
  });
  const alone = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
    onSettled: again,
  });

  function act(task: Task, what: RowAct) {
    setFocusedId(task.id);
    if (what === "finish") {
      finish.reset();
      if (isPlain(task)) finish.mutate({ task, values: {}, outcome: null });
      else setFinishing(task.id);
    } else if (what === "take") alone.mutate(() => takeTask(task.id));
    else if (what === "give_back") alone.mutate(() => giveTaskBack(task.id));
    else if (what === "wake")
      void run(
        () => snoozeTasks([task.id], null),
        () => t("tasks:woken"),
      );
    else if (what === "history") setPast(task);
    else setDialog({ kind: what, tasks: [task] });
  }
  function choose(task: Task, on: boolean, range: boolean) {
    const here = flat.findIndex((x) => x.id === task.id);
    const from = range && anchor.current >= 0 ? Math.min(anchor.current, here) : here;
    const to = range && anchor.current >= 0 ? Math.max(anchor.current, here) : here;
    anchor.current = here;
    const next = new Set(chosen);
    for (const one of flat.slice(from, to + 1)) {
      if (on) next.add(one.id);
      else next.delete(one.id);
    }
    setChosen(next);
  }
  const chooseAll = (tasks: readonly Task[], on: boolean) => {
    const next = new Set(chosen);
    for (const one of tasks) {
      if (on) next.add(one.id);
      else next.delete(one.id);
    }
    setChosen(next);
  };
  const move = (by: number) => {
    const next = flat[Math.max(0, Math.min(flat.length - 1, at + by))];
    if (next) setFocusedId(next.id);
  };
  /** Of what is chosen, else of the focused row. */
  const ask = (kind: keyof typeof Dialogs) => {
    const tasks = picked.length ? picked : focused?.state === "open" ? [focused] : [];
    if (tasks.length) setDialog({ kind, tasks });
  };
  const own = focused?.state === "open" && focused.assignee_id === me.id;
  useEffect(() => {
    if (focusedId !== null) box.current?.querySelector(".inbox-row.focused")?.scrollIntoView({ block: "nearest" });
  }, [focusedId]);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    x: focused?.state === "open" && (() => choose(focused, !chosen.has(focused.id), false)),
    "shift+x": focused?.state === "open" && (() => choose(focused, true, true)),
    e: own && !focused.approval && (() => act(focused, "finish")),
    s: !team && (picked.length > 0 || own) && (() => ask("snooze")),
    t: (picked.length > 0 || focused !== undefined) && (() => ask("move")),
    Enter: focused && (() => setOpen(focused)),
    Escape: chosen.size > 0 && (() => setChosen(new Set())),
  });

  const form = open && forms.find((f) => f.key === open.form);
  const Dialog = dialog && Dialogs[dialog.kind];
  return (
    <div ref={box} className={`task-list ${picked.length ? "with-bulk" : ""}`} role="list">
      {groups.map((g) => {
        const closed = folded.has(g.key);
        const some = g.tasks.filter((task) => chosen.has(task.id)).length;
        return (
          <section key={g.key} aria-label={g.key}>
            {g.head && (
              <div className="pile-head">
                <Checkbox
                  checked={some > 0 && some === g.tasks.length}
                  indeterminate={some > 0 && some < g.tasks.length}
                  disabled={g.tasks.length === 0}
                  aria-label={t("tasks:choose_group")}
                  onChange={(e) => chooseAll(g.tasks, e.target.checked)}
                />
                <button
                  type="button"
                  className="bare row"
                  aria-expanded={!closed}
                  onClick={() => {
                    const next = new Set(folded);
                    if (!next.delete(g.key)) next.add(g.key);
                    setFolded(next);
                  }}
                >
                  <Icon name={closed ? "rightward" : "down"} size={13} />
                  {g.head}
                </button>
              </div>
            )}
            {!closed &&
              g.tasks.map((task) => (
                <div key={task.id}>
                  <InboxRow
                    task={task}
                    team={team}
                    focused={task.id === focusedId}
                    chosen={chosen.has(task.id)}
                    drag={
                      drag
                        ? {
                            onDragStart: (e) => {
                              e.dataTransfer.setData("text/plain", String(task.id));
                              e.dataTransfer.effectAllowed = "move";
                              drag.start(chosen.has(task.id) ? picked : [task]);
                            },
                            onDragEnd: drag.end,
                          }
                        : null
                    }
                    onFocus={() => setFocusedId(task.id)}
                    onChoose={(on, range) => choose(task, on, range)}
                    onOpen={() => setOpen(task)}
                    onAct={(what) => act(task, what)}
                  />
                  {finishing === task.id && (
                    <Suspense fallback={<Lines rows={2} />}>
                      <FinishForm
                        task={task}
                        error={finish.error}
                        busy={finish.isPending}
                        onFinish={(values, outcome) => finish.mutate({ task, values, outcome })}
                        onCancel={() => setFinishing(null)}
                      />
                    </Suspense>
                  )}
                </div>
              ))}
            {!closed && g.foot}
          </section>
        );
      })}
      {picked.length > 0 && (
        <TaskBulk
          tasks={picked}
          team={team}
          fact={fact?.(picked)}
          onOpen={(kind) => setDialog({ kind, tasks: picked })}
          onClear={() => setChosen(new Set())}
        />
      )}
      <Suspense fallback={null}>
        {Dialog && (
          <Dialog
            tasks={dialog.tasks}
            onClose={(done) => {
              setDialog(null);
              if (done) setChosen(new Set());
            }}
          />
        )}
        {past && <HistorySide task={past} onClose={() => setPast(null)} />}
      </Suspense>
      <Suspense
        fallback={
          <Side open onClose={() => setOpen(null)}>
            <Lines rows={10} />
          </Side>
        }
      >
        {open && form && (
          <RecordSide
            form={form}
            id={open.record_id}
            tab={tab}
            onTab={setTab}
            onClose={() => setOpen(null)}
            onCreated={() => undefined}
          />
        )}
      </Suspense>
    </div>
  );
}
