import { useQuery } from "@tanstack/react-query";
import { Button, DatePicker, Dropdown, Segmented } from "antd";
import dayjs from "dayjs";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { Card, Empty, Failure, Fetched, format, Head, Icon, Lines, Page, useClock, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { type Picture, processQuery } from "./api";
import { NodeRecords } from "./node_records";
import { type Behind, logAddress, type Period, type Watch, watchQuery } from "./watch_api";
import { Funnel } from "./watch_funnel";
import { Overdue, Stuck } from "./watch_late";
import { addressOf, behindOf, change, daysOf, PRESETS, type Preset, periodOf, silent } from "./watch_model";
import { BehindSide } from "./watch_side";
import { Slowest, WatchTable } from "./watch_table";
import { useWatchWords } from "./watch_words";
import "./processes.css";
import "./watch.css";

const WatchDiagram = lazy(async () => ({ default: (await import("./watch_diagram")).WatchDiagram }));

/** How a process ran over a period: what went through it and how long it took, what is slow, late or stuck. */
export function WatchPage() {
  const { t } = useTranslation();
  const key = useParams().key ?? "";
  const label = useLabel();
  const { today } = useClock();
  const phone = usePhone();
  const [params, setParams] = useSearchParams();
  const { preset, period } = periodOf(params, today);
  const process = useQuery(processQuery(key));
  const found = useQuery(watchQuery(key, period));
  const set = (values: Record<string, string | null>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(values)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setParams(next, { replace: true });
  };
  if (process.isError) return <Failure error={process.error} retry={() => void process.refetch()} />;
  return (
    <Page>
      <Head
        title={process.data ? t("watch:title", { name: label(process.data) }) : ""}
        fact={t("watch:fact", { since: period.since, until: period.until, count: daysOf(period) })}
        actions={
          <>
            <Link to={`/processes/${key}`} className="row nowrap" aria-label={t("watch:to_process")}>
              <Icon name="leftward" size={15} />
              {!phone && t("watch:to_process")}
            </Link>
            <Log process={key} period={period} phone={phone} />
          </>
        }
      />
      <Picker preset={preset} period={period} set={set} />
      <Fetched of={found} rows={12}>
        {(watch) =>
          process.data ? (
            <Watched
              picture={process.data}
              watch={watch}
              period={period}
              stale={found.isPlaceholderData}
              set={set}
              params={params}
            />
          ) : (
            <Lines rows={12} />
          )
        }
      </Fetched>
    </Page>
  );
}

type Put = (values: Record<string, string | null>) => void;

function Picker({ preset, period, set }: { preset: Preset; period: Period; set: Put }) {
  const { t } = useTranslation();
  const { today } = useClock();
  return (
    <div className="row watch-picker">
      <Segmented
        value={preset}
        options={PRESETS.map((one) => ({ value: one, label: t(`watch:period_${one}`) }))}
        onChange={(one) =>
          set(
            one === "custom"
              ? { period: one, ...period }
              : { period: one === "30" ? null : String(one), since: null, until: null },
          )
        }
      />
      {preset === "custom" && (
        <DatePicker.RangePicker
          allowClear={false}
          value={[dayjs(period.since), dayjs(period.until)]}
          maxDate={dayjs(today)}
          aria-label={t("watch:period_custom")}
          onChange={(days) =>
            days?.[0] && days[1] && set({ since: days[0].format("YYYY-MM-DD"), until: days[1].format("YYYY-MM-DD") })
          }
        />
      )}
    </div>
  );
}

function Log({ process, period, phone }: { process: string; period: Period; phone: boolean }) {
  const { t } = useTranslation();
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: (["csv", "xes"] as const).map((one) => ({
          key: one,
          label: (
            <a href={logAddress(process, period, one)} download>
              {t(`watch:log_${one}`)}
            </a>
          ),
        })),
      }}
    >
      <Button icon={<Icon name="download" size={15} />} aria-label={t("watch:log")}>
        {!phone && t("watch:log")}
      </Button>
    </Dropdown>
  );
}

function Watched({
  picture,
  watch,
  period,
  stale,
  set,
  params,
}: {
  picture: Picture;
  watch: Watch;
  period: Period;
  stale: boolean;
  set: Put;
  params: URLSearchParams;
}) {
  const { t } = useTranslation();
  const phone = usePhone();
  const open = (what: Behind) => set({ behind: addressOf(what), here: null });
  const here = (node: string) => set({ here: node, behind: null });
  const behind = behindOf(params.get("behind"));
  const list = phone || params.get("view") === "list";
  const standing = params.get("here");
  if (silent(watch.nodes) && watch.totals.now.began === 0 && watch.funnel.stages.every((s) => s.count === 0))
    return (
      <Empty
        actions={
          params.get("period") !== "90" && (
            <Button onClick={() => set({ period: "90", since: null, until: null })}>{t("watch:widen")}</Button>
          )
        }
      >
        {t("watch:none")}
      </Empty>
    );
  return (
    <div className={stale ? "watch watch-stale" : "watch"} aria-busy={stale}>
      <Tiles watch={watch} onOpen={open} />
      <Card
        flush
        className={list ? "" : "watch-picture"}
        title={t("watch:steps")}
        fact={t("watch:steps_fact")}
        extra={
          !phone && (
            <Segmented
              size="small"
              value={list ? "list" : "picture"}
              options={[
                { value: "picture", label: t("processes:as_picture") },
                { value: "list", label: t("processes:as_list") },
              ]}
              onChange={(one) => set({ view: one === "list" ? "list" : null })}
            />
          )
        }
      >
        {list ? (
          <WatchTable watch={watch} onOpen={open} onHere={here} />
        ) : (
          <div className="watch-canvas flow-canvas">
            <Suspense fallback={<Lines rows={8} height={60} />}>
              <WatchDiagram picture={picture} watch={watch} onOpen={open} onHere={here} />
            </Suspense>
          </div>
        )}
      </Card>
      <div className="watch-beside">
        <Funnel watch={watch} onOpen={open} />
        <Card flush title={t("watch:slowest")} fact={t("watch:slowest_fact")}>
          <Slowest watch={watch} onOpen={open} />
        </Card>
      </div>
      <Overdue watch={watch} onOpen={open} />
      <Stuck watch={watch} />
      {behind && <BehindSide watch={watch} period={period} what={behind} onClose={() => set({ behind: null })} />}
      {standing && <NodeRecords picture={picture} node={standing} what="here" onClose={() => set({ here: null })} />}
    </div>
  );
}

function Tiles({ watch, onOpen }: { watch: Watch; onOpen: (what: Behind) => void }) {
  const { t } = useTranslation();
  const words = useWatchWords(watch);
  const { now, was } = watch.totals;
  const against = (a: number, b: number) => {
    const by = change(a, b);
    return by === null
      ? t("watch:was_none")
      : t(by > 0 ? "watch:up" : by < 0 ? "watch:down" : "watch:same", { by: format.percent(Math.abs(by), 0), was: b });
  };
  const median = words.duration(now.stay?.[0]);
  return (
    <section className="watch-tiles">
      <Tile
        name={t("watch:began")}
        fact={against(now.began, was.began)}
        n={now.began}
        onOpen={() => onOpen({ of: "began" })}
      />
      <Tile
        name={t("watch:ended")}
        fact={against(now.ended, was.ended)}
        n={now.ended}
        onOpen={() => onOpen({ of: "ended" })}
      />
      <div className="card watch-tile">
        <span className="grey">{t("watch:whole")}</span>
        <b>{median}</b>
        <span className="grey small">
          {was.stay ? t("watch:whole_was", { median: words.duration(was.stay[0]) }) : t("watch:was_none")}
        </span>
      </div>
      <Tile
        name={t("watch:overdue")}
        fact={t("watch:now")}
        n={watch.overdue.count}
        bad
        onOpen={() => onOpen({ of: "overdue" })}
      />
      <div className="card watch-tile">
        <span className="grey">{t("watch:stuck")}</span>
        <b className={watch.stuck.count > 0 ? "bad" : ""}>{watch.stuck.count}</b>
        <span className="grey small">{t(watch.stuck.count > 0 ? "watch:stuck_below" : "watch:stuck_none")}</span>
      </div>
    </section>
  );
}

function Tile({
  name,
  fact,
  n,
  bad = false,
  onOpen,
}: {
  name: string;
  fact: string;
  n: number;
  bad?: boolean;
  onOpen: () => void;
}) {
  return (
    <button type="button" className="card watch-tile" disabled={n === 0} onClick={onOpen}>
      <span className="grey">{name}</span>
      <b className={bad && n > 0 ? "bad" : ""}>{n}</b>
      <span className="grey small">{fact}</span>
    </button>
  );
}
