import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { keys } from "@/api";
import { Icon, Lines, toast, useKeys, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Values } from "@/rooms/records/record_model";
import { finishTask, type Task, takeTask } from "./api";
import { isPlain, type Pile, titleOf } from "./model";
import { TaskRow } from "./task_row";
import "./tasks.css";

const FinishForm = lazy(async () => ({ default: (await import("./finish_form")).FinishForm }));
const MoveDialog = lazy(async () => ({ default: (await import("./dialogs")).MoveDialog }));

/** Piles of tasks with one focused row: j and k move, e finishes in place, t transfers, Enter opens the record. */
export function TaskList({
  piles,
  heads = true,
  withKeys = true,
}: {
  piles: readonly Pile[];
  heads?: boolean;
  withKeys?: boolean;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const client = useQueryClient();
  const problemText = useProblemText();
  const flat = piles.flatMap((p) => p.tasks);
  const [focusedId, setFocusedId] = useState<number | null>(null);
  const [finishing, setFinishing] = useState<number | null>(null);
  const [moving, setMoving] = useState<Task | null>(null);
  const [folded, setFolded] = useState<readonly string[]>([]);
  const box = useRef<HTMLDivElement>(null);

  const settled = async () => {
    await client.invalidateQueries({ queryKey: keys.allTasks });
    void client.invalidateQueries({ queryKey: ["records"] });
  };
  const finish = useMutation({
    mutationFn: ({ task, values, outcome }: { task: Task; values: Values; outcome: string | null }) =>
      finishTask(task.id, values, outcome),
    onSuccess: async (_, { task }) => {
      const at = flat.findIndex((x) => x.id === task.id);
      const following = flat[at + 1] ?? flat[at - 1];
      setFinishing(null);
      setFocusedId(following?.id ?? null);
      toast({ text: t("tasks:finished", { title: titleOf(task, label) }) });
      await settled();
    },
    onError: async (error, { task }) => {
      if (isPlain(task)) toast({ text: problemText(error), tone: "bad" });
      await client.invalidateQueries({ queryKey: keys.allTasks });
    },
  });
  const take = useMutation({
    mutationFn: (task: Task) => takeTask(task.id),
    onSuccess: settled,
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });

  const at = flat.findIndex((x) => x.id === focusedId);
  const focused = flat[at];
  const move = (by: number) => {
    const next = flat[Math.max(0, Math.min(flat.length - 1, at + by))];
    if (next) setFocusedId(next.id);
  };
  const open = (task: Task) => void navigate(task.to ?? `/r/${task.form}/${task.record_id}`);
  const begin = (task: Task) => {
    setFocusedId(task.id);
    if (task.approval) return open(task);
    if (isPlain(task)) finish.mutate({ task, values: {}, outcome: null });
    else {
      finish.reset();
      setFinishing(task.id);
    }
  };
  useEffect(() => {
    if (focusedId !== null) box.current?.querySelector(".task.focused")?.scrollIntoView({ block: "nearest" });
  }, [focusedId]);
  useKeys(
    withKeys
      ? {
          j: () => move(1),
          k: () => move(-1),
          ArrowDown: () => move(1),
          ArrowUp: () => move(-1),
          e: focused?.state === "open" && (() => begin(focused)),
          t: focused?.state === "open" && !focused.approval && (() => setMoving(focused)),
          Enter: focused && (() => open(focused)),
        }
      : {},
  );

  return (
    <div ref={box} className="task-list" role="list">
      {piles.map((p) => {
        const closed = folded.includes(p.bucket);
        return (
          <section key={p.bucket} aria-label={t(`tasks:pile_${p.bucket}`)}>
            {heads && (
              <button
                type="button"
                className="pile-head"
                aria-expanded={!closed}
                onClick={() => setFolded(closed ? folded.filter((b) => b !== p.bucket) : [...folded, p.bucket])}
              >
                <Icon name={closed ? "rightward" : "down"} size={13} />
                <b>{t(`tasks:pile_${p.bucket}`)}</b>
                <span className="grey">{t("tasks:n_tasks", { count: p.tasks.length })}</span>
              </button>
            )}
            {!closed &&
              p.tasks.map((task) => (
                <div key={task.id}>
                  <TaskRow
                    task={task}
                    focused={task.id === focusedId}
                    finishing={finishing === task.id}
                    busy={finish.isPending && finish.variables?.task.id === task.id}
                    onFocus={() => setFocusedId(task.id)}
                    onFinish={() => begin(task)}
                    onTransfer={() => setMoving(task)}
                    onTake={() => take.mutate(task)}
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
          </section>
        );
      })}
      <Suspense fallback={null}>{moving && <MoveDialog tasks={[moving]} onClose={() => setMoving(null)} />}</Suspense>
    </div>
  );
}
