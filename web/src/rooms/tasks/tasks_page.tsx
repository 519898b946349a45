import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Segmented, Select } from "antd";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { keys } from "@/api";
import { Empty, Fetched, Head, Icon, Kbd, Lines, Page, Tabs, useClock, useKeys, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { SearchBox } from "@/rooms/records/search_box";
import { useLive } from "@/rooms/together";
import { figuresQuery, inboxQuery, sentQuery, type Task, tasksQuery } from "./api";
import { InboxList } from "./inbox_list";
import {
  grouped,
  type InboxState,
  isNarrowed,
  type Layout,
  PARTS,
  readInbox,
  shapeOf,
  writeInbox,
} from "./inbox_model";
import { BUCKETS, type Bucket } from "./model";
import { TaskList } from "./task_list";
import "./tasks.css";
import "./inbox.css";

const NewTask = lazy(async () => ({ default: (await import("./new_task")).NewTask }));
const TeamView = lazy(async () => ({ default: (await import("./team")).TeamView }));
const TaskCalendar = lazy(async () => ({ default: (await import("./task_calendar")).TaskCalendar }));
const SentRows = lazy(async () => ({ default: (await import("./sent_rows")).SentRows }));
const ANEW_MS = 60_000; // what the clock opens changes no record, so no event tells of it

/** 待办: mine, my team's, and what I gave to others. */
export function TasksPage() {
  const { t } = useTranslation();
  const phone = usePhone();
  const client = useQueryClient();
  const [params, setParams] = useSearchParams();
  const state = useMemo(() => readInbox(params), [params]);
  const change = useCallback(
    (part: Partial<InboxState>) => setParams((now) => writeInbox(now, part), { replace: true }),
    [setParams],
  );
  const figures = useQuery({ ...figuresQuery("mine"), refetchInterval: ANEW_MS }).data;
  const [creating, setCreating] = useState(false);
  useLive("*", () => void client.invalidateQueries({ queryKey: keys.allTasks }), ["form", "task"]);
  useKeys({ c: () => setCreating(true) });

  const tab = state.tab === "team" && figures && figures.team === null ? "mine" : state.tab;
  const to = (key: InboxState["tab"]) => `/tasks${key === "mine" ? "" : `?tab=${key}`}`;
  const tabs = [
    { key: "mine", label: t("tasks:mine"), to: to("mine"), count: figures?.open },
    ...(figures && figures.team !== null
      ? [{ key: "team", label: t("tasks:team"), to: to("team"), count: figures.team }]
      : []),
    { key: "sent", label: t("tasks:sent"), to: to("sent"), count: figures?.sent },
  ];
  const layouts: Layout[] = tab === "mine" ? ["list", "board", "calendar"] : tab === "team" ? ["list", "calendar"] : [];
  const layout = layouts.includes(state.layout) ? state.layout : "list";
  return (
    <Page fit>
      <Head
        title={t("shell:tasks")}
        tabs={<Tabs label={t("shell:tasks")} items={tabs} active={tab} />}
        actions={
          <>
            {layouts.length > 0 && (
              <Segmented<Layout>
                className="kind-buttons"
                aria-label={t("tasks:layout")}
                value={layout}
                options={layouts.map((one) => ({
                  value: one,
                  label: phone ? <Icon name={one} size={15} /> : t(`tasks:as_${one}`),
                  ...(phone ? { title: t(`tasks:as_${one}`) } : {}),
                }))}
                onChange={(one) => change({ layout: one })}
              />
            )}
            {phone ? (
              <button
                type="button"
                className="icon-button"
                aria-label={t("tasks:new")}
                onClick={() => setCreating(true)}
              >
                <Icon name="plus" size={20} />
              </button>
            ) : (
              <Button type="primary" icon={<Icon name="plus" size={15} />} title="C" onClick={() => setCreating(true)}>
                {t("tasks:new")}
              </Button>
            )}
          </>
        }
      />
      <Suspense fallback={<Lines rows={10} />}>
        {tab !== "sent" && layout === "calendar" ? (
          <TaskCalendar team={tab === "team"} state={state} onChange={change} />
        ) : tab === "team" ? (
          <TeamView state={state} onChange={change} />
        ) : tab === "sent" ? (
          <Sent />
        ) : (
          <Mine state={state} onChange={change} layout={layout} />
        )}
        {creating && <NewTask onClose={() => setCreating(false)} />}
      </Suspense>
    </Page>
  );
}

interface ViewProps {
  state: InboxState;
  onChange: (part: Partial<InboxState>) => void;
}

function Mine({ state, onChange, layout }: ViewProps & { layout: Layout }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const figures = useQuery(figuresQuery("mine")).data;
  const board = layout === "board";
  const parts = PARTS.map((part) => ({
    key: part,
    label: t(["all", "snoozed", "done"].includes(part) ? `tasks:part_${part}` : `tasks:pile_${part}`),
    count: part === "done" ? undefined : figures && (part === "all" ? figures.open : figures[part]),
  })).filter((p) => !["later", "undated"].includes(p.key) || p.count || p.key === state.part);
  return (
    <section className="card card-flush task-card">
      <Tabs
        label={t("tasks:parts")}
        items={board ? [] : parts}
        active={state.part}
        onChange={(part) => onChange({ part: part as InboxState["part"] })}
        extra={state.part !== "done" && <Tools state={state} onChange={onChange} view="mine" />}
      />
      <div className="list-scroll">
        {board ? (
          <Board state={state} />
        ) : state.part === "done" ? (
          <Done />
        ) : (
          <Pages state={state} onChange={onChange} />
        )}
      </div>
      {!phone && state.part !== "done" && (
        <p className="task-keys grey">
          <Kbd>J</Kbd>
          <Kbd>K</Kbd> {t("tasks:keys_move")} <Kbd>X</Kbd> {t("tasks:key_choose")} <Kbd>E</Kbd> {t("tasks:finish")}{" "}
          <Kbd>S</Kbd> {t("tasks:snooze")} <Kbd>T</Kbd> {t("tasks:transfer")} <Kbd>Enter</Kbd> {t("open")} <Kbd>?</Kbd>
        </p>
      )}
    </section>
  );
}

/** What I did last. */
function Done() {
  const { t } = useTranslation();
  const done = useQuery(tasksQuery({ view: "done" }));
  return (
    <Fetched of={done} rows={8} height={56} none={done.data?.length === 0 && <Empty>{t("tasks:none_done")}</Empty>}>
      {(tasks) => <TaskList piles={[{ bucket: "undated", tasks }]} heads={false} />}
    </Fetched>
  );
}

/** What narrows and orders a list. */
export function Tools({ state, onChange, view }: ViewProps & { view: "mine" | "team" }) {
  const { t } = useTranslation();
  const label = useLabel();
  const kinds = useQuery(figuresQuery(view)).data?.kinds ?? [];
  const claimable = useQuery(figuresQuery("mine")).data?.claimable ?? 0;
  return (
    <span className="row task-tools">
      <SearchBox search={state.search} className="list-search" onSearch={(search) => onChange({ search })} />
      <Select
        allowClear
        aria-label={t("tasks:kind")}
        placeholder={t("tasks:kind")}
        popupMatchSelectWidth={false}
        value={state.kind || null}
        style={{ minWidth: 120, maxWidth: 200 }}
        options={kinds.map((k) => ({
          value: `${k.process ?? ""}.${k.form}.${k.kind}`,
          label: [
            k.process ? label({ label: k.process_label ?? k.process, label_en: k.process_label_en }) : null,
            label(k),
          ]
            .filter(Boolean)
            .join(" · "),
        }))}
        onChange={(kind: string | undefined) => onChange({ kind: kind ?? "" })}
      />
      <Select
        allowClear
        aria-label={t("tasks:priority")}
        placeholder={t("tasks:priority")}
        value={state.priority}
        style={{ width: 100 }}
        options={[
          { value: 1, label: t("tasks:high") },
          { value: 0, label: t("tasks:normal") },
          { value: -1, label: t("tasks:low") },
        ]}
        onChange={(priority: number | undefined) => onChange({ priority: priority ?? null })}
      />
      {view === "mine" && (claimable > 0 || state.claimable) && (
        <Button
          aria-pressed={state.claimable}
          {...(state.claimable ? { className: "tinted" } : {})}
          onClick={() => onChange({ claimable: !state.claimable })}
        >
          {t("tasks:claimable", { count: claimable })}
        </Button>
      )}
      {view === "mine" && (
        <Select
          aria-label={t("tasks:group")}
          value={state.group}
          style={{ width: 120 }}
          prefix={<Icon name="group" size={15} />}
          options={(["due", "customer", "none"] as const).map((one) => ({ value: one, label: t(`tasks:by_${one}`) }))}
          onChange={(group) => onChange({ group })}
        />
      )}
      {state.group !== "customer" && (
        <Select
          aria-label={t("tasks:sort")}
          value={state.sort}
          style={{ width: 130 }}
          prefix={<Icon name="sort" size={15} />}
          options={(["due", "priority", "new"] as const).map((one) => ({ value: one, label: t(`tasks:sort_${one}`) }))}
          onChange={(sort) => onChange({ sort })}
        />
      )}
    </span>
  );
}

function Pages({ state, onChange }: ViewProps) {
  const { t } = useTranslation();
  const clock = useClock();
  const found = useInfiniteQuery(inboxQuery(shapeOf(state)));
  const rows = useMemo(() => found.data?.pages.flatMap((p) => p.rows) ?? [], [found.data]);
  const groups = useMemo(
    () =>
      grouped(rows, state.part === "all" || state.group !== "due" ? state.group : "none", clock).map((g) => ({
        ...g,
        ...(g.key ? { head: <GroupHead by={state.group} name={g.key} count={g.tasks.length} /> } : {}),
      })),
    [rows, state.group, state.part, clock],
  );
  const none = isNarrowed(state) ? (
    <Empty
      actions={
        <Button onClick={() => onChange({ kind: "", priority: null, claimable: false, search: "" })}>
          {t("tasks:clear_filters")}
        </Button>
      }
    >
      {t("tasks:none_match")}
    </Empty>
  ) : (
    <Empty>{t(state.part === "snoozed" ? "tasks:none_snoozed" : "tasks:none_waiting")}</Empty>
  );
  return (
    <Fetched of={found} rows={8} height={40} none={rows.length === 0 && none}>
      {() => (
        <>
          <InboxList groups={groups} />
          <More found={found} />
        </>
      )}
    </Fetched>
  );
}

function GroupHead({ by, name, count }: { by: InboxState["group"]; name: string; count: number }) {
  const { t } = useTranslation();
  return (
    <>
      <b>{by === "due" ? t(`tasks:pile_${name}`) : name || t("tasks:no_customer")}</b>
      <span className="grey">{t("tasks:n_tasks", { count })}</span>
    </>
  );
}

export function More({
  found,
}: {
  found: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  const { t } = useTranslation();
  if (!found.hasNextPage) return null;
  return (
    <p className="task-most">
      <Button size="small" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
        {t("tasks:show_more")}
      </Button>
    </p>
  );
}

/** The same tasks in columns of urgency. */
function Board({ state }: { state: InboxState }) {
  const figures = useQuery(figuresQuery("mine")).data;
  const shown = BUCKETS.filter((b) => b !== "undated" || (figures?.undated ?? 0) > 0);
  return (
    <div className="task-board">
      {shown.map((b) => (
        <Column key={b} bucket={b} state={state} count={isNarrowed(state) ? undefined : figures?.[b]} />
      ))}
    </div>
  );
}

function Column({ bucket, state, count }: { bucket: Bucket; state: InboxState; count: number | undefined }) {
  const { t } = useTranslation();
  const found = useInfiniteQuery(inboxQuery({ ...shapeOf({ ...state, part: bucket, group: "none" }), limit: 30 }));
  const rows: Task[] = found.data?.pages.flatMap((p) => p.rows) ?? [];
  return (
    <section className="task-column" aria-label={t(`tasks:pile_${bucket}`)}>
      <h2 className="task-column-head">
        <b>{t(`tasks:pile_${bucket}`)}</b>
        <span className="grey">{t("tasks:n_tasks", { count: count ?? rows.length })}</span>
      </h2>
      <Fetched
        of={found}
        rows={3}
        none={rows.length === 0 && <p className="grey task-most">{t("tasks:none_column")}</p>}
      >
        {() => (
          <>
            <InboxList groups={[{ key: bucket, tasks: rows }]} />
            <More found={found} />
          </>
        )}
      </Fetched>
    </section>
  );
}

/** What I gave to others, and how it went. */
function Sent() {
  const { t } = useTranslation();
  const label = useLabel();
  const found = useInfiniteQuery(sentQuery);
  const rows = found.data?.pages.flatMap((p) => p.rows) ?? [];
  return (
    <section className="card card-flush task-card">
      <div className="list-scroll">
        <Fetched of={found} rows={6} height={40} none={rows.length === 0 && <Empty>{t("tasks:none_sent")}</Empty>}>
          {() => (
            <>
              <SentRows rows={rows} label={label} />
              <More found={found} />
            </>
          )}
        </Fetched>
      </div>
    </section>
  );
}
