import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { Card, Empty, Fetched, format, Head, Icon, type IconName, Kbd, Page, Tabs, useClock, usePhone } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { countQuery, listAddress } from "@/rooms/records";
import { AlertsCard, someAlertsQuery } from "@/rooms/rules";
import { myTasks, type Task, tasksQuery, type Workbench, workbenchQuery } from "./api";
import { BUCKETS, countOf, dueDay, piles, SHOWN, type TaskTab } from "./model";
import { TaskList } from "./task_list";
import { SOON, Tiles } from "./tiles";
import { useWeeks } from "./use_weeks";
import { WeekBars } from "./week_bars";
import "./tasks.css";

/** The server sends the most pressing ones. */
const MOST = 200;
const TABS: readonly TaskTab[] = ["today", "week", "all", "done"];

export function WorkbenchPage() {
  const { t, i18n } = useTranslation();
  const phone = usePhone();
  const clock = useClock();
  const beside = useQuery(workbenchQuery).data;
  const tasks = useQuery(myTasks).data;
  const day = format.dateWithWeekday(clock.today, i18n.language as format.Locale, phone ? clock.today : undefined);
  const left = beside?.workdays_left;
  return (
    <Page fit>
      <Head
        title={t("shell:home")}
        fact={
          left !== undefined && left !== null && !phone ? `${day} · ${t("tasks:workdays_left", { count: left })}` : day
        }
      />
      <Tiles tasks={tasks} counts={beside?.counts ?? undefined} address={(tab) => `/home?v=${tab}`} />
      <div className="bench">
        <TaskCard base="/home" />
        <Beside bench={beside} />
      </div>
    </Page>
  );
}

function TaskCard({ base }: { base: string }) {
  const { t } = useTranslation();
  const clock = useClock();
  const phone = usePhone();
  const [params] = useSearchParams();
  const tab = ([...TABS, "overdue"] as string[]).includes(params.get("v") ?? "")
    ? (params.get("v") as TaskTab)
    : "today";
  const mine = useQuery(myTasks);
  const done = useQuery({ ...tasksQuery({ view: "done" }), enabled: tab === "done" });
  const counts = useQuery(workbenchQuery).data?.counts;
  const shown = tab === "done" ? done : mine;
  const items = [...TABS, ...(tab === "overdue" ? (["overdue"] as const) : [])].map((key) => ({
    key,
    label: t(`tasks:tab_${key}`),
    to: `${base}?v=${key}`,
    count: key === "done" || !mine.data ? undefined : (exact(counts, key) ?? countOf(mine.data, clock, SHOWN[key])),
  }));
  return (
    <section className="card card-flush task-card">
      <Tabs
        label={t("shell:tasks")}
        items={items}
        active={tab}
        extra={
          !phone && (
            <span className="grey row" style={{ gap: 4 }}>
              <Kbd>J</Kbd>
              <Kbd>K</Kbd> {t("tasks:keys_move")} <Kbd>E</Kbd> {t("tasks:finish")}
            </span>
          )
        }
      />
      <div className="list-scroll">
        <Fetched
          of={shown}
          rows={8}
          height={56}
          none={tab === "done" && shown.data?.length === 0 && <Empty>{t("tasks:none_done")}</Empty>}
        >
          {(tasks) =>
            tab === "done" ? (
              <TaskList piles={[{ bucket: "undated", tasks }]} heads={false} />
            ) : (
              <Open tasks={tasks} tab={tab} />
            )
          }
        </Fetched>
      </div>
    </section>
  );
}

/** The server's exact figures: the list itself ends after the most pressing ones. */
function exact(counts: Workbench["counts"], tab: TaskTab): number | undefined {
  if (!counts) return undefined;
  const due = counts.overdue + counts.today;
  return { overdue: counts.overdue, today: due, week: due + counts.soon, all: counts.open, done: undefined }[tab];
}

function Open({ tasks, tab }: { tasks: readonly Task[]; tab: Exclude<TaskTab, "done"> }) {
  const { t, i18n } = useTranslation();
  const clock = useClock();
  const contract = useForm("contract");
  const all = useQuery({ ...countQuery("contract", { filter: "", search: "" }), enabled: contract !== undefined });
  const empty = contract !== undefined && all.data?.count === 0;
  const found = piles(tasks, clock, SHOWN[tab]);
  // a short day shows what comes next below it
  const few = found.reduce((n, p) => n + p.tasks.length, 0) < 12;
  const shown = tab === "today" && few ? piles(tasks, clock, ["overdue", "today", "week"]) : found;
  if (shown.length > 0)
    return (
      <>
        <TaskList piles={shown} />
        {tasks.length >= MOST && <p className="grey task-most">{t("tasks:most_pressing", { count: tasks.length })}</p>}
      </>
    );
  if (tasks.length === 0 && empty) return <FirstUse />;
  const next = piles(tasks, clock, BUCKETS)[0]?.tasks[0];
  const day = next && dueDay(next, clock);
  return (
    <Empty
      actions={
        contract && (
          <Link to={listAddress("contract", SOON)} className="strong">
            {t("tasks:see_soon")}
          </Link>
        )
      }
    >
      {t("tasks:all_done")}
      {day ? t("tasks:next_is", { day: format.dateWithWeekday(day, i18n.language as format.Locale, clock.today) }) : ""}
    </Empty>
  );
}

/** Nothing is in the workspace yet: the fastest way in. */
function FirstUse() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const label = useLabel();
  const contract = useForm("contract");
  if (!contract) return null;
  return (
    <Empty
      actions={
        <>
          {me.may.includes("import") && (
            <Button type="primary" onClick={() => void navigate("/imports/new")}>
              {t("records:import")}
            </Button>
          )}
          {contract.may.includes("create") && (
            <Button onClick={() => void navigate("/r/contract?new=1")}>
              {t("shell:new_of", { label: label(contract) })}
            </Button>
          )}
        </>
      }
    >
      {t("records:empty_import", { label: label(contract) })}
    </Empty>
  );
}

const DONE_ICONS: Record<string, IconName> = {
  notify: "mail",
  update: "edit",
  create: "archive",
  mail: "mail",
  task: "todo",
  cancel: "forbid",
  renew: "archive",
  notice: "bell",
};

function Beside({ bench }: { bench: Workbench | undefined }) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const { zone } = useClock();
  const weeks = useWeeks(bench?.weeks, bench !== undefined);
  const done = bench?.done ?? null;
  const proof = bench?.proof ?? null;
  const alerts = useQuery(someAlertsQuery(null)).data?.length ?? 0;
  if (!weeks && !done?.length && !proof && alerts === 0) return null;
  return (
    <aside className="bench-side" aria-label={t("tasks:beside")}>
      <AlertsCard />
      {weeks && (
        <Card title={t("tasks:weeks_title")} extra={<span className="grey">{t("tasks:in_wan")}</span>}>
          <WeekBars weeks={weeks} form="contract" />
        </Card>
      )}
      {(done || proof) && (
        <Card title={t("tasks:system_did")} extra={<Link to="/plan?tab=ledger">{t("tasks:open_ledger")}</Link>}>
          {done && done.length > 0 ? (
            <ul className="did">
              {done.map((d) => (
                <li key={d.key}>
                  <Icon name={DONE_ICONS[d.kind ?? d.key] ?? "bolt"} size={16} />
                  <span className="spread cut">{label(d)}</span>
                  <b>
                    {d.count} {i18n.language === "zh" && d.noun}
                  </b>
                </li>
              ))}
            </ul>
          ) : (
            <p className="grey">{t("tasks:did_nothing")}</p>
          )}
          {proof && (
            <p className={proof.missing ? "proof proof-bad" : "proof"} role={proof.missing ? "alert" : undefined}>
              <Icon name={proof.missing ? "bang" : "tick"} size={16} />
              {proof.missing
                ? t("tasks:proof_gap", { time: format.local(proof.at, zone).time, count: proof.missing })
                : t(proof.planned ? "tasks:proof_ok" : "tasks:proof_clear", {
                    time: format.local(proof.at, zone).time,
                    count: proof.planned,
                  })}
            </p>
          )}
        </Card>
      )}
    </aside>
  );
}
