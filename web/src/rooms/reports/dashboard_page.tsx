import { useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import {
  Empty,
  Failure,
  format,
  Head,
  Icon,
  Lines,
  Notice,
  Page,
  toast,
  useClock,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { listAddress } from "@/rooms/records";
import { dashboardQuery, drill, type Pick } from "./api";
import { ChartCard } from "./chart_card";
import { MetricCard } from "./metric_card";
import { bands, isBare } from "./model";
import "./reports.css";

const UNITS: readonly format.Unit[] = ["auto", "wan", "yuan"];
const stored = (key: string, usual: format.Unit): format.Unit => {
  const value = localStorage.getItem(`perennial.unit.${key}`) as format.Unit | null;
  return value && UNITS.includes(value) ? value : usual;
};

/** A dashboard: every figure on it opens the records that it counts. */
export function DashboardPage() {
  const key = useParams().key ?? "";
  return <Board key={key} name={key} />;
}

function Board({ name }: { name: string }) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const navigate = useNavigate();
  const phone = usePhone();
  const problemText = useProblemText();
  const { zone, today } = useClock();
  const [unit, setUnit] = useState<format.Unit>(() => stored(name, i18n.language === "en" ? "yuan" : "wan"));
  const [twins, setTwins] = useState<ReadonlySet<string>>(new Set());
  const board = useQuery(dashboardQuery(name));
  const drawable = board.data?.charts.filter((c) => c.kind !== "metric" && c.kind !== "table") ?? [];
  useKeys({ t: () => setTwins(twins.size ? new Set() : new Set(drawable.map((c) => c.key))) });

  async function open(pick: Pick) {
    try {
      const { form, filter } = await drill(name, pick);
      await navigate(listAddress(form, filter));
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  if (board.isError) return <Failure error={board.error} retry={() => void board.refetch()} />;
  const at = board.data && format.local(board.data.at, zone);
  return (
    <Page fit>
      <Head
        title={board.data ? label(board.data) : ""}
        fact={
          at &&
          t(phone ? "reports:as_of" : "reports:as_of_mine", { at: at.day === today ? at.time : `${at.day} ${at.time}` })
        }
        actions={
          <>
            <Select<format.Unit>
              value={unit}
              showSearch={false}
              popupMatchSelectWidth={false}
              aria-label={t("reports:unit")}
              onChange={(next) => {
                setUnit(next);
                localStorage.setItem(`perennial.unit.${name}`, next);
              }}
              options={UNITS.map((u) => ({ value: u, label: t(`reports:unit_${u}`) }))}
            />
            {!phone && (
              <Button
                icon={<Icon name="refresh" size={15} />}
                loading={board.isFetching && !board.isPending}
                onClick={() => void board.refetch()}
              >
                {t("reports:refresh")}
              </Button>
            )}
          </>
        }
      />
      {!board.data ? (
        <Lines rows={12} />
      ) : board.data.charts.length === 0 ? (
        <Empty>{t("reports:no_charts")}</Empty>
      ) : (
        <>
          {isBare(board.data.charts) && (
            <Notice
              tone="info"
              icon="info"
              action={me.may.includes("import") && <Link to="/imports/new">{t("reports:import")}</Link>}
            >
              {t("reports:bare")}
            </Notice>
          )}
          <div className={board.isFetching ? "board board-dim" : "board"}>
            {bands(board.data.charts).map((band) => (
              <div key={band[0]?.key} className={band[0]?.kind === "metric" ? "band band-metrics" : "band"}>
                {band.map((chart) =>
                  chart.kind === "metric" ? (
                    <MetricCard key={chart.key} chart={chart} unit={unit} onPick={(p) => void open(p)} />
                  ) : (
                    <ChartCard
                      key={chart.key}
                      chart={chart}
                      unit={unit}
                      twin={twins.has(chart.key)}
                      onTwin={(on) => {
                        const next = new Set(twins);
                        if (on) next.add(chart.key);
                        else next.delete(chart.key);
                        setTwins(next);
                      }}
                      onPick={(p) => void open(p)}
                    />
                  ),
                )}
              </div>
            ))}
          </div>
        </>
      )}
    </Page>
  );
}
