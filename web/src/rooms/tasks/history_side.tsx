import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DueDay, Empty, Fetched, format, Moment, Side, useClock } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { historyQuery, type Step, type Task } from "./api";
import { titleOf } from "./model";

/** Who did what to a task, when and why. */
export function HistorySide({ task, onClose }: { task: Task; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const found = useQuery(historyQuery(task.id));
  return (
    <Side open width={420} title={t("tasks:history_of", { title: titleOf(task, label) })} onClose={onClose}>
      <ul className="task-history">
        <Fetched of={found} rows={3} none={found.data?.length === 0 && <Empty>{t("tasks:no_history")}</Empty>}>
          {(steps) =>
            steps.map((step) => (
              <li key={`${step.at}${step.act}`} className={step.undone_at ? "undone" : ""}>
                <span>
                  <What step={step} />
                  {step.undone_at && <span className="grey"> · {t("undone")}</span>}
                </span>
                {step.note && <q>{step.note}</q>}
                <span className="grey small">
                  <Moment value={step.at} />
                </span>
              </li>
            ))
          }
        </Fetched>
        <li>
          <span>{t("tasks:did_open")}</span>
          <span className="grey small">
            <Moment value={task.opened_at} />
          </span>
        </li>
      </ul>
    </Side>
  );
}

function What({ step }: { step: Step }) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const word = (value: number | null) =>
    t(value === null || value === 0 ? "tasks:normal" : value > 0 ? "tasks:high" : "tasks:low");
  const who = step.by ?? t("tasks:system");
  if (step.act === "due")
    return (
      <>
        {t("tasks:did_due", { who })} {step.due_before && <DueDay value={format.local(step.due_before, zone).day} />} →{" "}
        {step.due_after ? <DueDay value={format.local(step.due_after, zone).day} /> : t("tasks:pile_undated")}
      </>
    );
  if (step.act === "priority")
    return <>{t("tasks:did_priority", { who, from: word(step.priority_before), to: word(step.priority_after) })}</>;
  if (step.act === "snooze")
    return step.snoozed_until ? (
      <>
        {t("tasks:did_snooze", { who })} <Moment value={step.snoozed_until} />
      </>
    ) : (
      t("tasks:did_wake", { who })
    );
  return t(`tasks:did_${step.act}`, { who, to: step.to_name ?? "", from: step.from_name ?? "" });
}
