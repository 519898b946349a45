import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Popover, Progress, Segmented } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { keys } from "@/api";
import {
  Card,
  Chip,
  Empty,
  Failure,
  Head,
  Icon,
  Lines,
  Moment,
  Notice,
  Page,
  useClock,
  usePhone,
  useProblemText,
} from "@/kit";
import { useLabel } from "@/rooms/forms";
import { processesQuery } from "@/rooms/processes";
import { cancelSimulation, fileOf, isUnderWay, type Run, type Simulation, simulationQuery } from "./api";
import { AskForm } from "./ask_form";
import { Differences } from "./differences";
import { Figures } from "./figures";
import { Habits } from "./habits";
import { Load } from "./load";
import { months, progress, startDay } from "./model";
import { OneRecord } from "./one_record";
import { WeekChart } from "./week_chart";
import "./simulations.css";

/** One simulation: its progress, then who would get what when. */
export function SimulationPage() {
  const id = Number(useParams().id);
  const { t } = useTranslation();
  const found = useQuery({ ...simulationQuery(id), enabled: Number.isSafeInteger(id) });
  if (!Number.isSafeInteger(id))
    return <Empty actions={<Link to="/simulations">{t("shell:simulation")}</Link>}>{t("error_missing")}</Empty>;
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data)
    return (
      <Page>
        <Lines rows={12} />
      </Page>
    );
  return <Shown key={id} one={found.data} />;
}

function Shown({ one }: { one: Simulation }) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const [asking, setAsking] = useState(false);
  const [params, setParams] = useSearchParams();
  const label = useLabel();
  const processes = useQuery(processesQuery).data ?? [];
  const told = one.instead;
  const of = told ?? processes.find((p) => p.key === one.process);
  const beforehand = useQuery({ ...simulationQuery(one.base_id ?? 0), enabled: one.base_id !== null });
  const old = params.get("side") === "base";
  const phone = usePhone();
  const again = (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={asking}
      onOpenChange={setAsking}
      content={
        <AskForm people={one.people} until={one.until_on} script={one.script} process={one.process} instead={told} />
      }
    >
      <Button type="primary" icon={<Icon name="play" size={15} />}>
        {t("simulations:again")}
      </Button>
    </Popover>
  );
  const sides = told && one.state === "done" && (
    <Segmented
      value={old ? "base" : "instead"}
      aria-label={t("simulations:version")}
      onChange={(side) => {
        const next = new URLSearchParams(params);
        if (side === "base") next.set("side", "base");
        else next.delete("side");
        setParams(next, { replace: true });
      }}
      options={[
        {
          value: "base",
          label: told.number ? t("simulations:in_force", { n: told.number }) : t("simulations:without"),
        },
        {
          value: "instead",
          label: told.draft ? t("simulations:draft") : t("simulations:version_n", { n: told.version ?? 0 }),
        },
      ]}
    />
  );
  return (
    <Page>
      <Head
        title={t("simulations:title", { count: months(one) })}
        fact={[
          of ? label(of) : t("simulations:process_all"),
          t("simulations:range", { from: startDay(one, zone), until: one.until_on }),
        ].join(" · ")}
        actions={
          <>
            {!phone && sides}
            {!phone && one.state === "done" && (
              <Button
                icon={<Icon name="download" size={15} />}
                href={fileOf(old && one.base_id ? one.base_id : one.id)}
              >
                {t("simulations:export")}
              </Button>
            )}
            {!phone && <Link to="/simulations">{t("simulations:all")}</Link>}
            {!isUnderWay(one) && again}
          </>
        }
      />
      {phone && sides}
      {isUnderWay(one) ? (
        <UnderWay run={one} />
      ) : one.state === "cancelled" ? (
        <Empty>{t("simulations:was_cancelled")}</Empty>
      ) : one.state === "failed" ? (
        <Card>
          <Notice tone="urgent" icon="bang">
            {t("simulations:failed")}
          </Notice>
          {one.problem && <p className="grey small failed-why">{one.problem}</p>}
        </Card>
      ) : (
        <Done one={one} base={beforehand.data} old={old} onChange={() => setAsking(true)} />
      )}
    </Page>
  );
}

function UnderWay({ run }: { run: Run }) {
  const { t } = useTranslation();
  // what was shown once is never taken back, whatever an answer that overtook another says
  const best = useRef(0);
  best.current = Math.max(best.current, progress(run));
  const client = useQueryClient();
  const problemText = useProblemText();
  const cancel = useMutation({
    mutationFn: () => cancelSimulation(run.id),
    onSettled: () => client.invalidateQueries({ queryKey: keys.simulations }),
  });
  return (
    <Card>
      <div className="under-way">
        <b>{t(run.state === "queued" ? "simulations:queued" : "simulations:running")}</b>
        <Progress percent={Math.round(best.current * 100)} showInfo={false} />
        <p className="grey-2">
          {run.reached_on
            ? t("simulations:reached", { day: run.reached_on, until: run.until_on })
            : t("simulations:copying")}
        </p>
        <p className="grey">{t("simulations:may_leave")}</p>
        <p>
          <Button loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("simulations:cancel")}
          </Button>
        </p>
        {cancel.isError && (
          <p className="field-error" role="alert">
            {problemText(cancel.error)}
          </p>
        )}
      </div>
    </Card>
  );
}

interface Sides {
  one: Simulation;
  /** the same days without what stands instead */
  base: Simulation | undefined;
  old: boolean;
  onChange: () => void;
}

function Done({ one, base, old, onChange }: Sides) {
  const { t } = useTranslation();
  const shown = old && base ? base : one;
  const beside = old ? undefined : base;
  const changes = one.stale?.changes ?? 0;
  return (
    <>
      <Notice
        tone="review"
        icon="flask"
        action={
          <button type="button" className="bare banner-act" onClick={onChange}>
            {t("simulations:change")}
          </button>
        }
      >
        <b>{t("simulations:banner")}</b>{" "}
        <span className="banner-fact">
          {t("simulations:copied")} <Moment value={one.copied_at} /> · {took(one.seconds ?? 0, t)} ·{" "}
          {t(`simulations:assumes_${one.people}`)}
          {one.released.length > 0 && ` · ${t("simulations:released")}`}
          {one.migrated &&
            one.instead &&
            ` · ${t(one.instead.migrate ? "simulations:moved" : "simulations:stayed", one.migrated)}`}
        </span>
      </Notice>
      {one.stale && (one.stale.definitions || one.stale.draft || changes > 0) && (
        <p className="row">
          {one.stale.definitions && (
            <Chip tone="warn" icon="warning">
              {t("simulations:stale_definitions")}
            </Chip>
          )}
          {one.stale.draft && (
            <Chip tone="warn" icon="warning">
              {t("simulations:stale_draft")}
            </Chip>
          )}
          {changes > 0 && (
            <Chip tone="plain">
              {changes >= 1000
                ? t("simulations:stale_changes_many")
                : t("simulations:stale_changes", { count: changes })}
            </Chip>
          )}
        </p>
      )}
      <Figures one={shown} beside={beside} />
      <Load key={shown.id} one={shown} />
      <div className="sim-band">
        <WeekChart one={shown} beside={beside} />
        {beside ? <Differences one={one} beside={beside} /> : <Habits one={shown} />}
        <OneRecord one={shown} beside={beside} />
      </div>
      {beside && <Habits one={one} />}
    </>
  );
}

/** 38 秒, 7 分 54 秒 */
function took(seconds: number, t: (key: string, values: Record<string, number>) => string): string {
  const all = Math.max(1, Math.round(seconds));
  return all < 90
    ? t("simulations:took", { n: all })
    : t("simulations:took_minutes", { minutes: Math.floor(all / 60), n: all % 60 });
}
