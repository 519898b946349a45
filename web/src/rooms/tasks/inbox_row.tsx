import { Button, Checkbox } from "antd";
import type { DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, DaysLeft, Moment, PersonName, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import type { Task } from "./api";
import { basisOf } from "./inbox_model";
import { titleOf } from "./model";
import { Due, Priority, Together } from "./task_row";

export type RowAct = "finish" | "take" | "give_back" | "move" | "snooze" | "wake" | "history";

/** One task of a list in which several may be chosen. */
export function InboxRow({
  task,
  focused,
  chosen,
  team,
  drag,
  onFocus,
  onChoose,
  onOpen,
  onAct,
}: {
  task: Task;
  focused: boolean;
  chosen: boolean;
  /** somebody else's list: whose it is stands at the end */
  team: boolean;
  drag: { onDragStart: (e: DragEvent) => void; onDragEnd: () => void } | null;
  onFocus: () => void;
  onChoose: (on: boolean, range: boolean) => void;
  onOpen: () => void;
  onAct: (act: RowAct) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const phone = usePhone();
  const title = titleOf(task, label);
  const open = task.state === "open";
  const claimable = open && task.assignee_id === null;
  const mayTake = claimable && (task.candidates?.includes(me.id) ?? false);
  const mine = task.assignee_id === me.id;
  const basis = basisOf(task);
  const where = [task.customer, task.record_title].filter(Boolean).join(" · ");
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's keys do the same
    <div
      className={`inbox-row ${focused ? "focused" : ""} ${chosen ? "chosen" : ""} ${open ? "" : "done"}`}
      role="listitem"
      aria-current={focused}
      draggable={drag !== null}
      {...(drag ?? {})}
      onClick={onFocus}
    >
      <Checkbox
        checked={chosen}
        disabled={!open}
        aria-label={t("tasks:choose", { title })}
        onClick={(e) => {
          e.stopPropagation();
          onChoose(!chosen, e.nativeEvent instanceof MouseEvent && e.nativeEvent.shiftKey);
        }}
      />
      <span className="task-priority">
        <Priority value={task.priority} />
      </span>
      <span className="inbox-title">
        {task.to ? (
          <Link to={task.to} className="bare-link cut">
            <b>{title}</b>
          </Link>
        ) : (
          <button type="button" className="bare cut" title={title} onClick={onOpen}>
            <b>{title}</b>
          </button>
        )}
        {task.approval && <Chip tone="review">{t("tasks:approval")}</Chip>}
        {task.called_by && (
          <span className="grey small nowrap">{t("records:called_by", { process: label(task.called_by) })}</span>
        )}
        <Together task={task} />
        {task.snoozed_until && (
          <span className="grey small nowrap">
            {t("tasks:snoozed_until")} <Moment value={task.snoozed_until} />
          </span>
        )}
      </span>
      <span className="inbox-where grey-2 cut" title={where}>
        {where || t("no_right")}
      </span>
      <span className="inbox-days">{basis && open ? <DaysLeft end={basis} /> : null}</span>
      <span className="inbox-due">
        <Due task={task} />
      </span>
      <span className="inbox-end">
        {focused && open && !phone && !team ? (
          <Acts task={task} mine={mine} mayTake={mayTake} onAct={onAct} />
        ) : team && claimable ? (
          <Button size="small" onClick={() => onAct("move")}>
            {t("tasks:assign")}
          </Button>
        ) : mayTake ? (
          <Button size="small" onClick={() => onAct("take")}>
            {t("tasks:take")}
          </Button>
        ) : team ? (
          <PersonName name={task.assignee} />
        ) : null}
      </span>
      {focused && open && phone && (
        <span className="inbox-acts">
          <Acts task={task} mine={mine} mayTake={mayTake} onAct={onAct} />
        </span>
      )}
    </div>
  );
}

function Acts({
  task,
  mine,
  mayTake,
  onAct,
}: {
  task: Task;
  mine: boolean;
  mayTake: boolean;
  onAct: (act: RowAct) => void;
}) {
  const { t } = useTranslation();
  return (
    <span className="row task-acts">
      {mayTake ? (
        <Button type="primary" size="small" onClick={() => onAct("take")}>
          {t("tasks:take")}
        </Button>
      ) : (
        mine &&
        !task.approval && (
          <Button type="primary" size="small" title="E" onClick={() => onAct("finish")}>
            {t("tasks:finish")}
          </Button>
        )
      )}
      {mine && (
        <Button
          size="small"
          title={task.snoozed_until ? "" : "S"}
          onClick={() => onAct(task.snoozed_until ? "wake" : "snooze")}
        >
          {t(task.snoozed_until ? "tasks:wake" : "tasks:snooze")}
        </Button>
      )}
      {!task.approval && (
        <Button size="small" title="T" onClick={() => onAct("move")}>
          {t("tasks:transfer")}
        </Button>
      )}
      {mine && !task.approval && (task.candidates?.length ?? 0) > 1 && (
        <Button size="small" onClick={() => onAct("give_back")}>
          {t("tasks:give_back")}
        </Button>
      )}
      <Button size="small" onClick={() => onAct("history")}>
        {t("tasks:history")}
      </Button>
    </span>
  );
}
