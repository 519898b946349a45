import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Empty, Fetched } from "@/kit";
import { tasksQuery } from "./api";
import { TaskList } from "./task_list";

/** The tasks of one record, open ones first. */
export function RecordTasks({ form, id, openOnly = false }: { form: string; id: number; openOnly?: boolean }) {
  const { t } = useTranslation();
  const tasks = useQuery(tasksQuery({ form, record_id: id }));
  const rows = (tasks.data ?? []).filter((x) => !openOnly || x.state === "open");
  return (
    <Fetched
      of={tasks}
      rows={2}
      none={rows.length === 0 && <Empty>{openOnly ? t("tasks:none_open") : t("tasks:none_here")}</Empty>}
    >
      {() => (
        <div className="task-narrow">
          <TaskList piles={[{ bucket: "undated", tasks: rows }]} heads={false} withKeys={false} />
        </div>
      )}
    </Fetched>
  );
}
