import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, DueDay, Fetched, format, useClock } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { RecordAnswer } from "@/rooms/records";
import { streamQuery, type ToldTask } from "./api";
import { AskTask } from "./ask_task";
import "./customer.css";

const MOST = 100;
const SHOWN = 10;
const ONLY = [":task"];

/** What is to do on the record and on what belongs to it. */
export function OpenTasks({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { today, zone } = useClock();
  const found = useInfiniteQuery(streamQuery(form.key, record.id, ONLY, MOST, true));
  const open = (found.data?.pages[0]?.entries ?? [])
    .map((entry) => ({ entry, told: entry.told as unknown as ToldTask }))
    .filter(({ told }) => told.state === "open")
    .sort((a, b) => (a.told.due_at ?? "9").localeCompare(b.told.due_at ?? "9"));
  return (
    <Card
      title={t("records:open_tasks")}
      fact={open.length > 0 && (found.hasNextPage ? `${MOST}+` : open.length)}
      extra={<AskTask form={form} record={record} />}
    >
      <Fetched of={found} rows={2} none={open.length === 0 && <p className="grey">{t("tasks:none_open")}</p>}>
        {() => (
          <ul className="papers">
            {open.slice(0, SHOWN).map(({ entry, told }) => {
              const due = told.due_at && format.local(told.due_at, zone).day;
              return (
                <li key={entry.id}>
                  <span className="spread cut">
                    <Link to={`/r/${entry.form}/${entry.record_id}?tab=tasks`}>{label(told)}</Link>
                    <span className="grey small"> {entry.form === form.key ? told.assignee : entry.title}</span>
                  </span>
                  {due && (
                    <span className={due < today ? "bad" : undefined}>
                      <DueDay value={due} />
                    </span>
                  )}
                </li>
              );
            })}
            {open.length > SHOWN && (
              <li>
                <Link to={`/r/${form.key}/${record.id}?tab=tasks`}>{t("customer:all_tasks")}</Link>
              </li>
            )}
          </ul>
        )}
      </Fetched>
    </Card>
  );
}
