import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Card, Empty, Lines, useClock } from "@/kit";
import type { Option } from "@/rooms/reports";
import { useTheme } from "@/theme";
import type { Simulation } from "./api";
import { mondays, startDay } from "./model";

const EChart = lazy(async () => ({ default: (await import("@/rooms/reports/echart")).EChart }));

/** Mails and tasks per week. */
export function WeekChart({ one }: { one: Simulation }) {
  const { t } = useTranslation();
  const { palette } = useTheme();
  const { zone } = useClock();
  const option = useMemo((): Option => {
    const weeks = mondays(startDay(one, zone), one.until_on);
    const of = (key: "tasks" | "mails") => weeks.map((w) => one.weeks.find((x) => x.week === w)?.[key] ?? 0);
    const text = { color: palette.text3, fontSize: 12 };
    return {
      grid: { left: 8, right: 12, top: 14, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis",
        confine: true,
        backgroundColor: palette.surface,
        borderColor: palette.borderStrong,
        textStyle: { color: palette.text1, fontSize: 12 },
      },
      xAxis: {
        type: "category",
        data: weeks.map((w) => w.slice(5)),
        axisLabel: { ...text, hideOverlap: true },
        axisLine: { lineStyle: { color: palette.borderStrong } },
        axisTick: { show: false },
      },
      yAxis: {
        type: "value",
        splitNumber: 4,
        minInterval: 1,
        axisLabel: text,
        splitLine: { lineStyle: { color: palette.border } },
      },
      series: [
        {
          type: "bar",
          id: "mails",
          name: t("simulations:figure_mails"),
          data: of("mails"),
          color: palette.series[5],
          barMaxWidth: 12,
          animation: false,
        },
        {
          type: "line",
          id: "tasks",
          name: t("simulations:figure_tasks"),
          data: of("tasks"),
          color: palette.series[0],
          symbol: "none",
          lineStyle: { width: 2 },
          animation: false,
        },
      ],
    };
  }, [one, palette, t, zone]);
  return (
    <Card
      title={t("simulations:per_week")}
      className="sim-chart"
      extra={
        <ul className="legend">
          <li>
            <span className="legend-mark" style={{ background: palette.series[5] }} />
            {t("simulations:figure_mails")}
          </li>
          <li>
            <span className="legend-mark legend-line" style={{ background: palette.series[0] }} />
            {t("simulations:figure_tasks")}
          </li>
        </ul>
      }
    >
      {one.weeks.length === 0 ? (
        <Empty>{t("simulations:no_tasks")}</Empty>
      ) : (
        <Suspense fallback={<Lines rows={5} />}>
          <EChart option={option} label={t("simulations:per_week")} onPick={() => {}} />
        </Suspense>
      )}
    </Card>
  );
}
