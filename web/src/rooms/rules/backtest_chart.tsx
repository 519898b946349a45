import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Card, Lines } from "@/kit";
import type { Option } from "@/rooms/reports";
import { useTheme } from "@/theme";
import type { Week } from "./api";

const EChart = lazy(async () => ({ default: (await import("@/rooms/reports/echart")).EChart }));

/** Firings a week; dark: those that a loss followed. */
export function BacktestChart({ weeks, known }: { weeks: readonly Week[]; known: boolean }) {
  const { t } = useTranslation();
  const { palette, isDark } = useTheme();
  const [dark, light] = isDark ? ["#E2702B", "#6B3B22"] : ["#C9501A", "#F2C7AE"];
  const option = useMemo((): Option => {
    const text = { color: palette.text3, fontSize: 12 };
    const bar = (id: string, name: string, data: number[], color: string) => ({
      type: "bar" as const,
      id,
      name,
      data,
      color,
      stack: "week",
      barMaxWidth: 14,
      animation: false,
    });
    return {
      grid: { left: 4, right: 8, top: 12, bottom: 0, containLabel: true },
      tooltip: {
        trigger: "axis",
        confine: true,
        backgroundColor: palette.surface,
        borderColor: palette.borderStrong,
        textStyle: { color: palette.text1, fontSize: 12 },
      },
      xAxis: {
        type: "category",
        data: weeks.map((one) => one.since.slice(5)),
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
      series: known
        ? [
            bar(
              "lost",
              t("rules:what_lost"),
              weeks.map((one) => one.lost),
              dark,
            ),
            bar(
              "other",
              t("rules:week_rest"),
              weeks.map((one) => one.fired - one.lost),
              light,
            ),
          ]
        : [
            bar(
              "fired",
              t("rules:figure_firings"),
              weeks.map((one) => one.fired),
              dark,
            ),
          ],
    };
  }, [weeks, known, palette, dark, light, t]);
  return (
    <Card
      title={t("rules:per_week")}
      className="rule-chart"
      extra={known && <span className="grey small">{t("rules:dark_lost")}</span>}
    >
      <Suspense fallback={<Lines rows={4} />}>
        <EChart option={option} label={t("rules:per_week")} onPick={() => {}} />
      </Suspense>
      <table className="sr">
        <caption>{t("rules:per_week")}</caption>
        <tbody>
          {weeks.map((one) => (
            <tr key={one.since}>
              <th scope="row">{one.since}</th>
              <td>{one.fired}</td>
              {known && <td>{one.lost}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
