import { useQuery } from "@tanstack/react-query";
import { Button, Popover, Progress } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card, Chip, Empty, Failure, Head, Icon, Lines, Moment, Notice, Page, useClock } from "@/kit";
import { isUnderWay, type Run, type Simulation, simulationQuery } from "./api";
import { AskForm } from "./ask_form";
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
  const again = (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={asking}
      onOpenChange={setAsking}
      content={<AskForm people={one.people} until={one.until_on} script={one.script} />}
    >
      <Button type="primary" icon={<Icon name="play" size={15} />}>
        {t("simulations:again")}
      </Button>
    </Popover>
  );
  return (
    <Page>
      <Head
        title={t("simulations:title", { count: months(one) })}
        fact={t("simulations:range", { from: startDay(one, zone), until: one.until_on })}
        actions={
          <>
            <Link to="/simulations">{t("simulations:all")}</Link>
            {!isUnderWay(one) && again}
          </>
        }
      />
      {isUnderWay(one) ? (
        <UnderWay run={one} />
      ) : one.state === "failed" ? (
        <Card>
          <Notice tone="urgent" icon="bang">
            {t("simulations:failed")}
          </Notice>
          {one.problem && <p className="grey small failed-why">{one.problem}</p>}
        </Card>
      ) : (
        <Done one={one} onChange={() => setAsking(true)} />
      )}
    </Page>
  );
}

function UnderWay({ run }: { run: Run }) {
  const { t } = useTranslation();
  // what was shown once is never taken back, whatever an answer that overtook another says
  const best = useRef(0);
  best.current = Math.max(best.current, progress(run));
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
      </div>
    </Card>
  );
}

function Done({ one, onChange }: { one: Simulation; onChange: () => void }) {
  const { t } = useTranslation();
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
        </span>
      </Notice>
      {one.stale && (one.stale.definitions || changes > 0) && (
        <p className="row">
          {one.stale.definitions && (
            <Chip tone="warn" icon="warning">
              {t("simulations:stale_definitions")}
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
      <Figures one={one} />
      <Load one={one} />
      <div className="sim-band">
        <WeekChart one={one} />
        <Habits one={one} />
        <OneRecord one={one} />
      </div>
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
