import { BarChart, LineChart, PieChart, ScatterChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useTheme } from "@/theme";
import type { Option } from "./options";

use([BarChart, LineChart, PieChart, ScatterChart, GridComponent, TooltipComponent, LabelLayout, SVGRenderer]);

/** A drawing that follows its box; `onPick` gets the series and the place of what was clicked. */
export function EChart({
  option,
  label,
  onPick,
}: {
  option: Option;
  label: string;
  onPick: (series: string, index: number) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<EChartsType>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const { isDark } = useTheme();

  useEffect(() => {
    const node = box.current;
    if (!node) return;
    const chart = init(node, null, { renderer: "svg" });
    drawn.current = chart;
    chart.on("click", (event) => pick.current(event.seriesId ?? "", event.dataIndex));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(node);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another palette is another drawing
  useEffect(() => drawn.current?.setOption(option, { notMerge: true }), [option, isDark]);

  return <div ref={box} className="chart-box" role="img" aria-label={label} />;
}
