import { Button, Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Chip, DaysLeft, DueDay, Kbd, Moment, Money, useClock, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import type { Task } from "./api";
import { bucket, dueDay, titleOf } from "./model";

export function Priority({ value }: { value: number }) {
  const { t } = useTranslation();
  return value > 0 ? (
    <Chip tone="urgent">
      <b>{t("tasks:high")}</b>
    </Chip>
  ) : value < 0 ? (
    <Chip>{t("tasks:low")}</Chip>
  ) : (
    <Chip tone="info">{t("tasks:normal")}</Chip>
  );
}

/** How many of those who have it are done. */
export function Together({ task, lead = false }: { task: Task; lead?: boolean }) {
  const { t } = useTranslation();
  if (task.state !== "open" || !task.together || task.together.all < 2) return null;
  return (
    <span className={`nowrap ${lead ? "" : "grey small"}`}>
      {lead && " · "}
      {t("tasks:together", { ...task.together })}
    </span>
  );
}

/** When it is due, or how late it is. */
export function Due({ task }: { task: Task }) {
  const { t } = useTranslation();
  const clock = useClock();
  if (task.state !== "open") return <Moment value={task.finished_at} />;
  if (bucket(task, clock) === "overdue") {
    const late = task.late_workdays ?? 0;
    return (
      <span className="bad nowrap">{late > 0 ? t("tasks:late_workdays", { count: late }) : t("tasks:overdue")}</span>
    );
  }
  return <DueDay value={dueDay(task, clock)} />;
}

export function TaskRow({
  task,
  focused,
  finishing,
  onFocus,
  onFinish,
  onTransfer,
  onTake,
  busy,
}: {
  task: Task;
  focused: boolean;
  /** its form stands open below */
  finishing: boolean;
  onFocus: () => void;
  onFinish: () => void;
  onTransfer: () => void;
  onTake: () => void;
  busy: boolean;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const phone = usePhone();
  const navigate = useNavigate();
  const open = task.state === "open";
  const claimable = open && task.assignee_id === null && (task.candidates?.includes(me.id) ?? false);
  const title = titleOf(task, label);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's keys (j, k, e, t) do the same
    <div
      className={`task ${focused ? "focused" : ""} ${open ? "" : "done"}`}
      role="listitem"
      aria-current={focused}
      onClick={onFocus}
    >
      <Checkbox
        checked={!open}
        disabled={!open || busy || claimable || task.approval === true}
        aria-label={t("tasks:finish_named", { title })}
        onClick={(e) => e.stopPropagation()}
        onChange={onFinish}
      />
      <span className="task-priority">
        <Priority value={task.priority} />
      </span>
      <span className="task-text">
        {task.to ? (
          <Link to={task.to} className="bare-link cut">
            <b>{title}</b>
          </Link>
        ) : (
          <b className="cut">{title}</b>
        )}
        <span className="grey-2 small cut">
          <Link to={`/r/${task.form}/${task.record_id}`} className="task-link">
            {[task.customer, task.record_title].filter(Boolean).join(" · ") || t("tasks:open_record")}
          </Link>
          {task.assignee_id !== me.id && task.assignee && <> · {task.assignee}</>}
          {!["named", "role", "person"].includes(task.found_by) && <> · {t(`tasks:found_by_${task.found_by}`)}</>}
          <Together task={task} lead />
          {!open && task.outcome && task.outcome !== "done" && (
            <> · {label(task.outcomes.find((o) => o.key === task.outcome) ?? { label: task.outcome })}</>
          )}
        </span>
      </span>
      <span className="task-amount">{task.amount ? <Money value={task.amount} whole /> : null}</span>
      <span className="task-when">
        <span className="task-days">{task.end_date && open ? <DaysLeft end={task.end_date} /> : null}</span>
        <span className="task-due">
          {focused && open && !finishing ? (
            <span className="row task-acts">
              {task.approval ? (
                task.to && (
                  <Button type="primary" size="small" onClick={onFinish}>
                    {t("tasks:decide")}
                  </Button>
                )
              ) : claimable ? (
                <Button type="primary" size="small" loading={busy} onClick={onTake}>
                  {t("tasks:take")}
                </Button>
              ) : (
                <Button type="primary" size="small" loading={busy} onClick={onFinish}>
                  {t("tasks:finish")}
                </Button>
              )}
              {(task.to || !task.approval) && <Kbd>E</Kbd>}
              {!claimable && !task.approval && (
                <Button size="small" onClick={onTransfer}>
                  {t("tasks:transfer")}
                </Button>
              )}
              {phone && (
                <Button size="small" onClick={() => void navigate(`/r/${task.form}/${task.record_id}`)}>
                  {t("tasks:open_record")}
                </Button>
              )}
            </span>
          ) : (
            <Due task={task} />
          )}
        </span>
      </span>
    </div>
  );
}
