import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Empty, Face, Fetched, Icon, useClock } from "@/kit";
import { findTargets, inboxQuery, type Load, moveTasks, type Task, teamQuery } from "./api";
import { InboxList, type ShownGroup } from "./inbox_list";
import { dueThisWeek, type InboxState, isNarrowed, overOf, shapeOf, weekOf } from "./inbox_model";
import { More, Tools } from "./tasks_page";
import { Person } from "./team_person";
import { useActs } from "./use_acts";
import "./team.css";

const EvenDialog = lazy(async () => ({ default: (await import("./even_dialog")).EvenDialog }));
const EACH = 6;
const UNCLAIMED = 0;

interface Props {
  state: InboxState;
  onChange: (part: Partial<InboxState>) => void;
}

/** Load per person, and their tasks: dragged onto somebody else, or chosen and moved. */
export function TeamView({ state, onChange }: Props) {
  const { t } = useTranslation();
  const clock = useClock();
  const { run } = useActs();
  const team = useQuery(teamQuery);
  const [dragged, setDragged] = useState<readonly Task[]>([]);
  const [able, setAble] = useState<ReadonlyMap<number, number> | null>(null);
  const [sharing, setSharing] = useState(false);
  const people = team.data?.people ?? [];

  function start(tasks: readonly Task[]) {
    setDragged(tasks);
    setAble(null);
    void findTargets(tasks.map((task) => task.id))
      .then((found) => setAble(new Map(found.map((one) => [one.id, one.readable]))))
      .catch(() => undefined); // the drop itself will say what is wrong
  }
  function drop(to: Load) {
    const moves = dragged.filter((task) => task.assignee_id !== to.id).map((task) => ({ id: task.id, to: to.id }));
    setDragged([]);
    if (moves.length)
      void run(
        () => moveTasks(moves),
        (count) => t("tasks:moved", { subject: t("tasks:n_tasks", { count }), name: to.name }),
      );
  }

  return (
    <Fetched of={team} rows={10} none={team.data && people.length === 0 && <Empty>{t("tasks:no_team")}</Empty>}>
      {(found) => (
        <>
          <Strip people={found.people} unclaimed={found.unclaimed} onChange={onChange} />
          <div className="team">
            <Card
              flush
              className="team-load"
              title={t("tasks:load")}
              extra={
                <Button size="small" icon={<Icon name="transfer" size={14} />} onClick={() => setSharing(true)}>
                  {t("tasks:share_out")}
                </Button>
              }
            >
              <ul>
                {found.people.map((one) => (
                  <Person
                    key={one.id}
                    load={one}
                    active={state.person === one.id}
                    dragged={dragged.filter((task) => task.assignee_id !== one.id)}
                    gains={dueThisWeek(
                      dragged.filter((task) => task.assignee_id !== one.id),
                      clock,
                    )}
                    reads={able === null ? null : (able.get(one.id) ?? 0)}
                    onDrop={() => drop(one)}
                    onChoose={() => onChange({ person: state.person === one.id ? null : one.id })}
                  />
                ))}
              </ul>
              <p className="team-legend grey-2">
                <i className="load-overdue" /> {t("tasks:late")} <i className="load-today" /> {t("today")}{" "}
                <i className="load-week" /> {t("tasks:this_week")} <i className="load-mark" /> {t("tasks:capacity")}
              </p>
            </Card>
            <section className="card card-flush task-card">
              <div className="team-tools">
                <Select
                  aria-label={t("tasks:whose")}
                  value={state.person ?? -1}
                  style={{ minWidth: 140 }}
                  options={[
                    { value: -1, label: t("tasks:everybody") },
                    { value: UNCLAIMED, label: t("tasks:unclaimed") },
                    ...found.people.map((p) => ({ value: p.id, label: p.name })),
                  ]}
                  showSearch={{ optionFilterProp: "label" }}
                  onChange={(person) => onChange({ person: person < 0 ? null : person })}
                />
                <span className="spread" />
                <Tools state={state} onChange={onChange} view="team" />
              </div>
              <div className="list-scroll">
                {state.person === null ? (
                  <Everybody
                    state={state}
                    people={found.people}
                    onChange={onChange}
                    drag={{ start, end: () => setDragged([]) }}
                  />
                ) : (
                  <One state={state} people={found.people} drag={{ start, end: () => setDragged([]) }} />
                )}
              </div>
            </section>
          </div>
          <Suspense fallback={null}>{sharing && <EvenDialog onClose={() => setSharing(false)} />}</Suspense>
        </>
      )}
    </Fetched>
  );
}

function Strip({
  people,
  unclaimed,
  onChange,
}: { people: readonly Load[]; unclaimed: number } & Pick<Props, "onChange">) {
  const { t } = useTranslation();
  const sum = (of: (one: Load) => number) => people.reduce((n, one) => n + of(one), 0);
  const over = people.filter((one) => overOf(one) > 0);
  const late = sum((one) => one.overdue);
  const figure = (name: string, value: number, fact: string, bad = false, unit = t("tasks:unit_task")) => (
    <div className="team-figure">
      <span className="grey-2">{t(name)}</span>
      <span>
        <b className={bad && value > 0 ? "bad" : undefined}>{value.toLocaleString("en")}</b> {unit}
      </span>
      <span className="grey-2 small cut" title={fact}>
        {fact}
      </span>
    </div>
  );
  return (
    <section className="card card-flush team-strip" aria-label={t("tasks:team_figures")}>
      {figure(
        "tasks:team_week",
        sum(weekOf),
        t("tasks:team_of", { count: people.length, capacity: sum((one) => one.capacity) }),
      )}
      {figure(
        "tasks:tile_overdue",
        late,
        late
          ? t("tasks:tile_most", { count: Math.max(0, ...people.map((one) => one.late_workdays)) })
          : t("tasks:tile_none_late"),
        true,
      )}
      {figure(
        "tasks:due_today",
        sum((one) => one.today),
        t("tasks:tile_high", { count: sum((one) => one.high) }),
      )}
      <button type="button" className="bare team-figure" onClick={() => onChange({ person: UNCLAIMED })}>
        <span className="grey-2">{t("tasks:unclaimed")}</span>
        <span>
          <b>{unclaimed.toLocaleString("en")}</b> {t("tasks:unit_task")}
        </span>
        <span className="grey-2 small">{t("tasks:unclaimed_fact")}</span>
      </button>
      {figure(
        "tasks:over_capacity",
        over.length,
        over.map((one) => one.name).join("、") || t("tasks:nobody_over"),
        false,
        t("tasks:unit_person"),
      )}
    </section>
  );
}

interface Drag {
  drag: { start: (tasks: readonly Task[]) => void; end: () => void };
}
const factOf = (people: readonly Load[]) => (chosen: readonly Task[]) => {
  const owners = new Set(chosen.map((task) => task.assignee_id));
  const one = owners.size === 1 ? people.find((p) => p.id === chosen[0]?.assignee_id) : undefined;
  return one ? (
    <span>
      {one.name} {one.open} → {one.open - chosen.length}
    </span>
  ) : null;
};

/** The first few of each person. */
function Everybody({ state, people, onChange, drag }: Props & Drag & { people: readonly Load[] }) {
  const { t } = useTranslation();
  const shape = shapeOf(state);
  const found = useInfiniteQuery(inboxQuery({ ...shape, each: EACH }));
  const rows = useMemo(() => found.data?.pages.flatMap((p) => p.rows) ?? [], [found.data]);
  const narrowed = isNarrowed(state);
  const groups: ShownGroup[] = useMemo(() => {
    const of = (id: number | null) => rows.filter((task) => task.assignee_id === id);
    const rest = (id: number, more: number) =>
      more > 0 && {
        foot: (
          <button type="button" className="bare team-rest" onClick={() => onChange({ person: id })}>
            <Icon name="down" size={13} /> {narrowed ? t("tasks:show_person") : t("tasks:show_rest", { count: more })}
          </button>
        ),
      };
    const named = people.map((one) => {
      const tasks = of(one.id);
      const beyond = overOf(one);
      return {
        key: one.name,
        tasks,
        head: (
          <>
            <Face name={one.name} /> <b>{one.name}</b>
            <span className="grey">{t("tasks:n_tasks", { count: one.open })}</span>
            {one.overdue > 0 && <span className="bad">{t("tasks:late_n", { count: one.overdue })}</span>}
            {beyond > 0 && <span className="grey-2">{t("tasks:over_by", { count: beyond })}</span>}
          </>
        ),
        ...(rest(one.id, narrowed ? (tasks.length >= EACH ? 1 : 0) : one.open - tasks.length) || {}),
      };
    });
    const nobodys = of(null);
    return [
      ...named.filter((g) => g.tasks.length > 0),
      ...(nobodys.length
        ? [
            {
              key: t("tasks:unclaimed"),
              tasks: nobodys,
              head: (
                <>
                  <b>{t("tasks:unclaimed")}</b>
                  <span className="grey">{t("tasks:unclaimed_fact")}</span>
                </>
              ),
              ...(rest(UNCLAIMED, nobodys.length >= EACH ? 1 : 0) || {}),
            },
          ]
        : []),
    ];
  }, [rows, people, narrowed, onChange, t]);
  return (
    <Fetched of={found} rows={8} height={40} none={rows.length === 0 && <NoTasks state={state} onChange={onChange} />}>
      {() => <InboxList team groups={groups} drag={drag} fact={factOf(people)} />}
    </Fetched>
  );
}

/** All of one person's. */
function One({ state, people, drag }: Drag & { state: InboxState; people: readonly Load[] }) {
  const { t } = useTranslation();
  const found = useInfiniteQuery(inboxQuery(shapeOf(state)));
  const rows = found.data?.pages.flatMap((p) => p.rows) ?? [];
  return (
    <Fetched of={found} rows={8} height={40} none={rows.length === 0 && <Empty>{t("tasks:none_open")}</Empty>}>
      {() => (
        <>
          <InboxList team groups={[{ key: "", tasks: rows }]} drag={drag} fact={factOf(people)} />
          <More found={found} />
        </>
      )}
    </Fetched>
  );
}

function NoTasks({ state, onChange }: Props) {
  const { t } = useTranslation();
  return isNarrowed(state) ? (
    <Empty
      actions={
        <Button onClick={() => onChange({ kind: "", priority: null, search: "" })}>{t("tasks:clear_filters")}</Button>
      }
    >
      {t("tasks:none_match")}
    </Empty>
  ) : (
    <Empty>{t("tasks:team_done")}</Empty>
  );
}
