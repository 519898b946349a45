import { Dropdown } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon, type IconName, Kbd } from "@/kit";
import { setTasksPriority, type Task, urgeTasks } from "./api";
import { finishable } from "./inbox_model";
import { useActs } from "./use_acts";

/** What is chosen, and what can be done with all of it. */
export function TaskBulk({
  tasks,
  team,
  fact,
  onOpen,
  onClear,
}: {
  tasks: readonly Task[];
  team: boolean;
  fact?: ReactNode;
  onOpen: (dialog: "move" | "due" | "snooze" | "finish") => void;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  const { run } = useActs();
  const ids = tasks.map((task) => task.id);
  async function priority(value: number) {
    if (
      await run(
        () => setTasksPriority(ids, value),
        (count) => t("tasks:priority_set", { count }),
      )
    )
      onClear();
  }
  async function urge() {
    if (
      await run(
        () => urgeTasks(ids),
        (count) => t("tasks:urged", { count }),
      )
    )
      onClear();
  }
  const act = (icon: IconName, text: string, onClick: () => void) => (
    <button type="button" className="bare row" onClick={onClick}>
      <Icon name={icon} size={15} />
      {t(text)}
    </button>
  );
  return (
    <div className="bulk task-bulk" role="toolbar" aria-label={t("tasks:chosen_tools")}>
      <b>{t("tasks:chosen", { count: tasks.length })}</b>
      {fact}
      <span className="bulk-line" />
      {act("transfer", "tasks:move", () => onOpen("move"))}
      {!team && act("clock", "tasks:snooze", () => onOpen("snooze"))}
      {act("calendar", "tasks:change_due", () => onOpen("due"))}
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [1, 0, -1].map((value) => ({
            key: String(value),
            label: t(value > 0 ? "tasks:high" : value < 0 ? "tasks:low" : "tasks:normal"),
          })),
          onClick: ({ key }) => void priority(Number(key)),
        }}
      >
        <button type="button" className="bare row">
          <Icon name="flame" size={15} />
          {t("tasks:change_priority")}
        </button>
      </Dropdown>
      {team && act("bell", "tasks:urge", () => void urge())}
      {!team && finishable(tasks) && act("check", "tasks:finish", () => onOpen("finish"))}
      <span className="bulk-line" />
      <button type="button" className="bare row" onClick={onClear}>
        {t("records:unselect")} <Kbd>Esc</Kbd>
      </button>
    </div>
  );
}
