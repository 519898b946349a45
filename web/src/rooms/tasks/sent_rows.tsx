import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Moment, PersonName } from "@/kit";
import type { useLabel } from "@/rooms/forms";
import type { Task } from "./api";
import { titleOf } from "./model";
import { Due, Priority } from "./task_row";

/** What I gave to others: to whom, when, and where it is now. */
export function SentRows({ rows, label }: { rows: readonly Task[]; label: ReturnType<typeof useLabel> }) {
  const { t } = useTranslation();
  return (
    <div className="task-list" role="list">
      {rows.map((task) => (
        <div key={task.moved_id} className="inbox-row sent" role="listitem">
          <span className="task-priority">
            <Priority value={task.priority} />
          </span>
          <span className="inbox-title">
            <b className="cut">{titleOf(task, label)}</b>
            {task.note && <span className="grey-2 small cut">「{task.note}」</span>}
          </span>
          <span className="inbox-where cut">
            {task.record_title ? (
              <Link to={`/r/${task.form}/${task.record_id}`} className="task-link">
                {[task.customer, task.record_title].filter(Boolean).join(" · ")}
              </Link>
            ) : (
              <span className="grey">{t("no_right")}</span>
            )}
          </span>
          <span className="grey-2 nowrap">
            <Moment value={task.moved_at ?? null} /> {t("tasks:sent_to", { name: task.to_name ?? "" })}
          </span>
          <span className="inbox-due">
            {task.state === "open" ? (
              <Due task={task} />
            ) : (
              <Chip tone={task.state === "done" ? "brand" : "plain"}>
                {task.state === "done"
                  ? label(
                      task.outcomes.find((o) => o.key === task.outcome) ?? {
                        label: t("tasks:is_done"),
                        label_en: null,
                      },
                    )
                  : t("tasks:is_closed")}
              </Chip>
            )}
          </span>
          <span className="inbox-end">
            <PersonName name={task.state === "open" ? task.assignee : (task.finished_by ?? task.assignee)} />
          </span>
        </div>
      ))}
    </div>
  );
}
