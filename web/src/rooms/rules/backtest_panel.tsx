/** 回测: the drawn rule over the past weeks by what stood then; nothing is sent or written. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Progress, Select } from "antd";
import dayjs from "dayjs";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Failure, FieldError, Icon, Lines, Notice, useClock, useProblemText } from "@/kit";
import { askBacktest, type Backtest, backtestQuery, backtestsQuery, cancelBacktest, going, type Question } from "./api";
import { BacktestChart } from "./backtest_chart";
import { BacktestCompare } from "./backtest_compare";
import { BacktestFigures } from "./backtest_figures";
import { essence } from "./backtest_model";
import { BacktestRecords } from "./backtest_records";
import type { RuleTree } from "./model";

const HORIZONS = [90, 180, 365];

export function BacktestPanel({
  tree,
  blocked,
  foot,
}: {
  tree: RuleTree;
  blocked: boolean;
  /** what stands below, whatever was found */
  foot: ReactNode;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { today } = useClock();
  const past = useQuery(backtestsQuery(tree.rule));
  const [asked, setAsked] = useState<number | null>(null);
  const [range, setRange] = useState<readonly [string, string] | null>(null);
  const [horizon, setHorizon] = useState<number | null>(null);
  const id = asked ?? past.data?.find((one) => one.state !== "cancelled")?.id ?? null;
  const found = useQuery(backtestQuery(id));
  const run = found.data;
  const busy = going(run?.state);
  const days = horizon ?? run?.horizon_days ?? 180;
  const yesterday = dayjs(today).subtract(1, "day");
  const [from, to] = range ?? [
    run?.since_on ?? yesterday.subtract(26 * 7 - 1, "day").format("YYYY-MM-DD"),
    run?.until_on ?? yesterday.format("YYYY-MM-DD"),
  ];
  const ask = useMutation({
    mutationFn: (more: Partial<Question>) =>
      askBacktest({ definition: tree, from, to, horizon_days: days, anew: false, ...more }),
    onSuccess: (made) => {
      setAsked(made.id);
      void client.invalidateQueries({ queryKey: backtestsQuery(tree.rule).queryKey });
    },
  });
  // while another one runs, the last result stays
  const [last, setLast] = useState<Backtest | null>(null);
  if (run?.state === "done" && run !== last) setLast(run);
  const waits = busy || (id !== null && !run && !found.isError);
  const shown = run?.state === "done" ? run : waits ? last : null;
  const first = shown?.results[0];
  const drawn = essence(tree);
  const moved = shown && (shown.since_on !== from || shown.until_on !== to || shown.horizon_days !== days);
  const stale = first && (essence(first.definition as unknown as RuleTree) !== drawn || moved);
  const progress = run && (
    <>
      <p role="status">{t("rules:backtest_running", { from: run.since_on, to: run.until_on })}</p>
      <Progress percent={run.progress} showInfo={run.progress > 0} strokeColor="var(--brand)" />
      <Button size="small" onClick={() => void cancelBacktest(run.id).then(() => found.refetch())}>
        {t("cancel")}
      </Button>
    </>
  );
  return (
    <section className="rule-beside" aria-label={t("rules:backtest")}>
      <div className="row rule-test-head">
        <h2>{t("rules:backtest")}</h2>
        <span className="grey small spread cut">{t("rules:backtest_fact")}</span>
        <Select
          aria-label={t("rules:horizon")}
          size="small"
          value={days}
          options={[...new Set([...HORIZONS, days])].map((n) => ({ value: n, label: t("rules:horizon_days", { n }) }))}
          onChange={setHorizon}
        />
        <DatePicker.RangePicker
          aria-label={t("rules:backtest_range")}
          size="small"
          allowClear={false}
          value={[dayjs(from), dayjs(to)]}
          maxDate={yesterday}
          onChange={(next) =>
            next?.[0] && next[1] && setRange([next[0].format("YYYY-MM-DD"), next[1].format("YYYY-MM-DD")])
          }
        />
        {id !== null && !waits && !stale && (
          <Button
            size="small"
            disabled={blocked}
            loading={ask.isPending}
            icon={<Icon name="refresh" size={14} />}
            onClick={() => ask.mutate({ anew: true })}
          >
            {t("rules:backtest_again")}
          </Button>
        )}
      </div>
      {ask.isError && <FieldError>{problemText(ask.error)}</FieldError>}
      {id === null ? (
        past.isPending ? (
          <Lines rows={6} />
        ) : past.isError ? (
          <Failure error={past.error} retry={() => void past.refetch()} />
        ) : (
          <Card className="rule-test-none">
            <p>{t("rules:backtest_none")}</p>
            <Button type="primary" disabled={blocked} loading={ask.isPending} onClick={() => ask.mutate({})}>
              {t("rules:backtest_begin")}
            </Button>
            {blocked && <p className="grey small">{t("rules:backtest_blocked")}</p>}
          </Card>
        )
      ) : !run && !first ? (
        found.isError ? (
          <Failure error={found.error} retry={() => void found.refetch()} />
        ) : (
          <Lines rows={8} />
        )
      ) : busy && !first ? (
        <Card className="rule-test-none">{progress}</Card>
      ) : !shown || !first ? (
        <Card className="rule-test-none">
          <p className={run?.state === "failed" ? "bad" : ""}>
            {run?.problem ?? t(run?.state === "cancelled" ? "rules:backtest_cancelled" : "rules:backtest_failed")}
          </p>
          <Button loading={ask.isPending} disabled={blocked} onClick={() => ask.mutate({ anew: true })}>
            {t("rules:backtest_again")}
          </Button>
        </Card>
      ) : (
        <>
          {busy && progress && <Card className="rule-test-none">{progress}</Card>}
          {stale && !waits && (
            <Notice
              tone="warn"
              icon="warning"
              action={
                <Button size="small" disabled={blocked} loading={ask.isPending} onClick={() => ask.mutate({})}>
                  {t("rules:backtest_again")}
                </Button>
              }
            >
              {t(moved ? "rules:backtest_moved" : "rules:backtest_stale")}
            </Notice>
          )}
          <div className={stale || waits ? "rule-test rule-test-stale" : "rule-test"}>
            <BacktestFigures figures={first.figures} form={shown.form} known={shown.outcomes.length > 0} />
            <div className="rule-test-pair">
              <BacktestChart weeks={first.weeks} known={shown.outcomes.length > 0} />
              <BacktestCompare
                tree={tree}
                run={shown}
                busy={ask.isPending}
                blocked={blocked}
                onCompare={(compare) => ask.mutate({ compare })}
              />
            </div>
            <BacktestRecords key={shown.id} id={shown.id} form={shown.form} known={shown.outcomes.length > 0} />
          </div>
          <p className="grey small">
            {t("rules:backtest_rights")}
            {Boolean(shown.newer) && ` ${t("rules:backtest_newer", { n: shown.newer })}`}
          </p>
        </>
      )}
      {foot}
    </section>
  );
}
