import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Card, Empty, Lines, useClock } from "@/kit";
import type { Option } from "@/rooms/reports";
import { useTheme } from "@/theme";
import type { Simulation } from "./api";
import { mondays, startDay } from "./model";

const EChart = lazy(async () => ({ default: (await import("@/rooms/reports/echart")).EChart }));

/** Mails, tasks and approvals per week; approvals of the version in force dashed. */
export function WeekChart({ one, beside }: { one: Simulation; beside?: Simulation | undefined }) {
  const { t } = useTranslation();
  const { palette } = useTheme();
  const { zone } = useClock();
  const option = useMemo((): Option => {
    const weeks = mondays(startDay(one, zone), one.until_on);
    const of = (key: "tasks" | "mails" | "approvals", run = one) =>
      weeks.map((w) => run.weeks.find((x) => x.week === w)?.[key] ?? 0);
    const line = (id: string, name: string, data: number[], color: string | undefined, dashed: boolean) => ({
      type: "line" as const,
      id,
      name,
      data,
      color,
      symbol: "none",
      lineStyle: { width: 2, type: dashed ? ("dashed" as const) : ("solid" as const) },
      animation: false,
    });
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
        ...(beside
          ? [
              line("approvals", t("simulations:approvals_new"), of("approvals"), palette.series[0], false),
              line("before", t("simulations:approvals_old"), of("approvals", beside), palette.series[1], true),
            ]
          : [
              line("tasks", t("simulations:figure_tasks"), of("tasks"), palette.series[0], false),
              line("approvals", t("simulations:figure_approvals"), of("approvals"), palette.series[1], true),
            ]),
      ],
    };
  }, [one, beside, palette, t, zone]);
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
            {t(beside ? "simulations:approvals_new" : "simulations:figure_tasks")}
          </li>
          <li>
            <span className="legend-mark legend-dashed" style={{ color: palette.series[1] }} />
            {t(beside ? "simulations:approvals_old" : "simulations:figure_approvals")}
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
