import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Empty, Failure, Lines } from "@/kit";
import { tasksQuery } from "./api";
import { TaskList } from "./task_list";

/** The tasks of one record, open ones first. */
export function RecordTasks({ form, id, openOnly = false }: { form: string; id: number; openOnly?: boolean }) {
  const { t } = useTranslation();
  const tasks = useQuery(tasksQuery({ form, record_id: id }));
  if (tasks.isError) return <Failure error={tasks.error} retry={() => void tasks.refetch()} />;
  if (!tasks.data) return <Lines rows={2} />;
  const rows = openOnly ? tasks.data.filter((x) => x.state === "open") : tasks.data;
  if (rows.length === 0) return <Empty>{openOnly ? t("tasks:none_open") : t("tasks:none_here")}</Empty>;
  return (
    <div className="task-narrow">
      <TaskList piles={[{ bucket: "undated", tasks: rows }]} heads={false} withKeys={false} />
    </div>
  );
}
