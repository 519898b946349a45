/** From a chart's answer to what echarts draws. Pure: texts, palette and unit come in. */
import type { BarSeriesOption, LineSeriesOption, PieSeriesOption, ScatterSeriesOption } from "echarts/charts";
import type { GridComponentOption, TooltipComponentOption } from "echarts/components";
import type { ComposeOption } from "echarts/core";
import * as format from "@/kit/format";
import type { Palette } from "@/theme/tokens";
import type { Chart, Measure, Row } from "./api";
import {
  groupName,
  isFew,
  isMoney,
  isPartOfWhole,
  isRate,
  isTimed,
  monthMarks,
  rateFloor,
  rateStep,
  scaled,
  shown,
  slices,
} from "./model";

export type Option = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | PieSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | TooltipComponentOption
>;

export interface Look {
  palette: Palette;
  unit: format.Unit;
  noun: string;
  /** name of a measure in the reader's language */
  name: (measure: Measure) => string;
  text: { running: string; few: string; other: string; blank: string };
  phone: boolean;
}

const FONT = 12;
export const measureOf = (series: string) => series.split("|")[0] ?? "";

/** Text of a name made by users inside a tooltip, which is HTML. */
const plain = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function tooltip(chart: Chart, look: Look, trigger: "axis" | "item", rowAt: (index: number) => Row | null | undefined) {
  const { palette } = look;
  return {
    trigger,
    confine: true,
    backgroundColor: palette.surface,
    borderColor: palette.borderStrong,
    padding: [8, 12],
    textStyle: { color: palette.text1, fontSize: FONT },
    extraCssText: `box-shadow:${palette.shadow};border-radius:8px;`,
    axisPointer: { type: "none" as const },
    formatter: (found: unknown) => {
      const one = (Array.isArray(found) ? found[0] : found) as { dataIndex: number; name: string } | undefined;
      if (!one) return "";
      const row = rowAt(one.dataIndex);
      if (!row) return plain(one.name);
      const head = `${plain(groupName(row, look.text))}${row.running ? ` · ${look.text.running}` : ""}`;
      const lines = chart.measures.map((m) => {
        const figure = row.values[m.key];
        const { full, suffix } = shown(figure, m, "yuan", look.noun);
        const terms = isRate(m) && figure?.base != null ? `（${figure.over ?? 0} / ${figure.base}）` : "";
        const few = isFew(figure, m) ? ` · ${look.text.few}` : "";
        return `<div style="display:flex;gap:16px;justify-content:space-between"><span style="color:${palette.text2}">${plain(
          look.name(m),
        )}</span><b>${full}${suffix ? ` ${plain(suffix)}` : ""}${terms}${few}</b></div>`;
      });
      return `<b>${head}</b>${lines.join("")}`;
    },
  };
}

const axisText = (palette: Palette) => ({ color: palette.text3, fontSize: FONT });

function valueAxis(palette: Palette, label: (v: number) => string, more: object = {}) {
  return {
    type: "value" as const,
    splitNumber: 4,
    axisLabel: { ...axisText(palette), formatter: label },
    splitLine: { lineStyle: { color: palette.border } },
    axisLine: { show: false },
    axisTick: { show: false },
    ...more,
  };
}
function nameAxis(palette: Palette, data: string[], more: object = {}) {
  return {
    type: "category" as const,
    data,
    axisLabel: { ...axisText(palette), hideOverlap: true },
    axisLine: { lineStyle: { color: palette.borderStrong } },
    axisTick: { show: false },
    ...more,
  };
}

const short = (n: number) => (Math.abs(n) >= 1000 ? format.number(Math.round(n), 0) : format.number(n, n % 1 ? 1 : 0));

/** Rates and counts over time. What is unfinished is a hollow point of its own, never joined. */
export function lineOption(chart: Chart, look: Look): Option {
  const { palette } = look;
  const order = [0, 1, 3] as const;
  const rate = chart.measures.every(isRate);
  const all = chart.measures.map((m) => chart.rows.map((r) => scaled(r.values[m.key]?.value, m, look.unit)));
  const floor = rate ? rateFloor(all.flat().filter((v): v is number => v !== null)) : 0;
  const series: (LineSeriesOption | ScatterSeriesOption)[] = [];
  chart.measures.forEach((m, i) => {
    const colour = palette.series[order[i % 3] ?? 0];
    const values = all[i] ?? [];
    series.push({
      type: "line",
      id: m.key,
      name: look.name(m),
      data: values.map((v, at) => (chart.rows[at]?.running ? null : v)),
      color: colour,
      symbol: i === 0 ? "circle" : "triangle",
      symbolSize: 6,
      lineStyle: { width: 2, type: i === 0 ? "solid" : "dashed" },
      animation: false,
      cursor: "pointer",
    });
    const running = chart.rows.findIndex((r) => r.running);
    if (running < 0 || values[running] === null) return;
    const at = shown(chart.rows[running]?.values[m.key], m, look.unit, "");
    series.push({
      type: "scatter",
      // a second mark of the measure needs a name of its own; `measureOf` finds the way back
      id: `${m.key}|running`,
      name: look.name(m),
      data: values.map((v, place) => (place === running ? v : null)),
      symbolSize: 9,
      itemStyle: { color: palette.surface, borderColor: colour ?? palette.brand, borderWidth: 2 },
      label: {
        show: i === 0,
        position: "left",
        formatter: `${look.text.running} ${at.text}`,
        color: palette.text2,
        fontSize: FONT,
      },
      animation: false,
    });
  });
  return {
    grid: { left: 8, right: 16, top: 14, bottom: 4, containLabel: true },
    tooltip: tooltip(chart, look, "axis", (i) => chart.rows[i]),
    xAxis: nameAxis(palette, monthMarks(chart.rows), { boundaryGap: true }),
    yAxis: valueAxis(
      palette,
      (v) => (rate ? format.percent(v, 0) : short(v)),
      rate ? { min: floor, max: 1, interval: rateStep(floor) } : {},
    ),
    series,
  };
}

/** Bars along months, or beside names; a whole and its part as a mark above a bar. */
export function barOption(chart: Chart, look: Look): Option {
  const { palette } = look;
  const timed = isTimed(chart);
  const rows = timed ? chart.rows : [...chart.rows].reverse();
  const rate = chart.measures.every(isRate);
  const money = chart.measures.some(isMoney);
  const part = isPartOfWhole(chart);
  const value = (m: Measure) => rows.map((r) => scaled(r.values[m.key]?.value, m, look.unit));
  const label = (v: number) => (rate ? format.percent(v, 0) : money && look.unit !== "yuan" ? short(v) : short(v));
  const crowded = timed && rows.length * (part ? 1 : chart.measures.length) > (look.phone ? 7 : 14);
  const tallest = Math.max(0, ...chart.measures.flatMap(value).map((n) => n ?? 0));
  const bar = (m: Measure, colour: string, i: number): BarSeriesOption => ({
    type: "bar",
    id: m.key,
    name: look.name(m),
    data: value(m).map((n) =>
      // a number that does not fit into its bar stands above it
      part && timed && n !== null && n < tallest * 0.12
        ? { value: n, label: { position: "top" as const, color: palette.text2 } }
        : n,
    ),
    color: colour,
    barMaxWidth: timed ? 34 : 18,
    barCategoryGap: timed ? "35%" : "40%",
    barGap: "10%",
    itemStyle: { borderRadius: timed ? [2, 2, 0, 0] : [0, 2, 2, 0] },
    label: {
      show: i === (part ? 1 : 0) ? !crowded : false,
      position: part && timed ? "insideTop" : timed ? "top" : "right",
      formatter: (p: { value?: unknown }) => {
        const n = Number(p.value ?? 0);
        if (n === 0) return "";
        if (rate) return format.percent(n);
        if (!money) return format.number(n, 0);
        return timed
          ? short(n)
          : look.unit === "yuan"
            ? format.money(n, 0)
            : format.inUnit(String(n * 10_000), "wan").text;
      },
      color: part && timed ? palette.onBrand : palette.text2,
      fontSize: FONT,
    },
    animation: false,
    cursor: "pointer",
  });
  const series: (BarSeriesOption | ScatterSeriesOption)[] = part
    ? [
        bar(chart.measures[1] as Measure, palette.series[0], 1),
        {
          type: "scatter",
          id: chart.measures[0]?.key ?? "",
          name: look.name(chart.measures[0] as Measure),
          data: value(chart.measures[0] as Measure),
          symbol: "rect",
          symbolSize: timed ? [look.phone ? 20 : 34, 3] : [3, 18],
          itemStyle: { color: palette.series[1], opacity: 1 },
          label: {
            show: timed && !crowded,
            position: "top",
            // where nothing is completed yet, the mark has its number
            formatter: (p) => {
              const done = Number(rows[p.dataIndex]?.values[chart.measures[1]?.key ?? ""]?.value ?? 0);
              return done === 0 && Number(p.value) !== 0 ? short(Number(p.value)) : "";
            },
            color: palette.text2,
            fontSize: FONT,
          },
          animation: false,
          z: 5,
        },
      ]
    : chart.measures.map((m, i) => bar(m, palette.series[i % 6] ?? palette.series[0], i));
  const names = timed ? monthMarks(rows) : rows.map((r) => groupName(r, look.text));
  const along = nameAxis(palette, names, {
    axisLabel: {
      color: palette.text2,
      fontSize: FONT,
      ...(timed ? { hideOverlap: true } : { width: look.phone ? 88 : 104, overflow: "truncate" }),
    },
  });
  const across = valueAxis(palette, label, timed ? {} : { axisLabel: { show: false }, splitLine: { show: false } });
  return {
    grid: { left: 8, right: timed ? 12 : 52, top: timed ? 18 : 6, bottom: timed ? 4 : 0, containLabel: true },
    tooltip: tooltip(chart, look, "axis", (i) => rows[i]),
    xAxis: timed ? along : across,
    yAxis: timed ? across : along,
    series,
  } as Option;
}
/** The row behind the bar at a place: names are drawn from below. */
export const barRow = (chart: Chart, index: number): Row | undefined =>
  isTimed(chart) ? chart.rows[index] : chart.rows[chart.rows.length - 1 - index];

/** A ring of at most six, each named with its share. */
export function pieOption(chart: Chart, look: Look): Option {
  const { palette } = look;
  const measure = chart.measures[0];
  const found = slices(chart);
  const total = found.reduce((n, s) => n + s.value, 0);
  return {
    tooltip: tooltip(chart, look, "item", (i) => found[i]?.row),
    series: [
      {
        type: "pie",
        id: measure?.key ?? "",
        radius: ["38%", "60%"],
        center: ["50%", "52%"],
        startAngle: 90,
        data: found.map((s, i) => ({
          name: s.row ? groupName(s.row, look.text) : look.text.other,
          value: s.value,
          itemStyle: { color: palette.series[i % 6] ?? palette.series[0] },
        })),
        itemStyle: { borderColor: palette.surface, borderWidth: 2 },
        label: {
          bleedMargin: 0,
          color: palette.text1,
          fontSize: FONT,
          lineHeight: 17,
          formatter: (p: { name: string; value?: unknown }) => {
            const n = Number(p.value ?? 0);
            const text =
              measure && isMoney(measure)
                ? format.inUnit(String(n), look.unit).text
                : `${format.number(n, 0)} ${look.noun}`;
            return `${p.name}\n{v|${text} · ${format.percent(total ? n / total : 0)}}`;
          },
          rich: { v: { color: palette.text2, fontSize: FONT } },
        },
        labelLine: { length: 8, length2: 8, lineStyle: { color: palette.borderStrong } },
        animation: false,
        cursor: "pointer",
      },
    ],
  } as Option;
}
