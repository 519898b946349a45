/** What a dashboard shows, without drawing it: rows of cards, figures as text, how an axis is marked. */
import * as format from "@/kit/format";
import type { By, Chart, Figure, Measure, Pick, Row } from "./api";

/** Charts side by side until their spans fill twelve columns. */
export function bands(charts: readonly Chart[]): Chart[][] {
  const out: Chart[][] = [];
  let used = 12;
  for (const chart of charts) {
    const band = out.at(-1);
    // figures stand among figures, so that a row of them is one line high
    const fits = used + chart.span <= 12 && (band?.[0]?.kind === "metric") === (chart.kind === "metric");
    if (band && fits) {
      band.push(chart);
      used += chart.span;
    } else {
      out.push([chart]);
      used = chart.span;
    }
  }
  return out;
}

/** No record stands behind any of it. */
export const isBare = (charts: readonly Chart[]) =>
  charts.every((c) => c.rows.every((r) => Object.values(r.values).every((f) => f.rows === 0)));

export const isMoney = (measure: Measure) => measure.display === "money";
export const isRate = (measure: Measure) => measure.display === "ratio" || measure.display === "percent";

export interface Shown {
  text: string;
  /** 万, 亿, 份 or nothing */
  suffix: string;
  /** the whole value, for hover */
  full: string;
}

/** A figure as it reads under a unit; `whole` leaves out the decimals of plain 元. */
export function shown(
  figure: Figure | undefined,
  measure: Measure,
  unit: format.Unit,
  noun: string,
  whole = false,
): Shown {
  const value = figure?.value ?? null;
  if (value === null) return { text: format.BLANK, suffix: "", full: format.BLANK };
  if (isRate(measure)) {
    const text = format.percent(value);
    return { text, suffix: "", full: text };
  }
  if (isMoney(measure)) {
    const full = format.money(value);
    const { text, suffix } = format.inUnit(value, unit);
    return suffix ? { text, suffix, full } : { text: whole ? format.money(value, 0) : text, suffix: "", full };
  }
  const text = format.number(value, 2);
  return { text, suffix: measure.display === "count" ? noun : "", full: text };
}

/** Fewer records than this say little: 「样本少」 */
export const FEW = 5;
export const isFew = (figure: Figure | undefined, measure: Measure) =>
  isRate(measure) && figure !== undefined && figure.rows > 0 && figure.rows < FEW;

/**
 * Two measures of the same kind of which the second is a part of the first (expected and completed): the part is a
 * bar, the whole a mark above it.
 */
export function isPartOfWhole(chart: Chart): boolean {
  const [whole, part] = chart.measures;
  if (chart.measures.length !== 2 || !whole || !part || whole.display !== part.display || isRate(whole)) return false;
  return chart.rows.every((r) => Number(r.values[part.key]?.value ?? 0) <= Number(r.values[whole.key]?.value ?? 0));
}

const MONTH = /^(\d{4})-(\d{2})$/;
/** Months run along the axis; names stand beside their bars. */
export const isTimed = (chart: Chart) => chart.rows.every((r) => MONTH.test(String(r.by ?? "")));

/** 25-12, 01, 02: the year only where it begins */
export function monthMarks(rows: readonly Row[]): string[] {
  let year = "";
  return rows.map((row) => {
    const m = MONTH.exec(String(row.by ?? ""));
    if (!m) return row.label ?? format.BLANK;
    const [, y = "", month = ""] = m;
    const mark = y === year ? month : `${y.slice(2)}-${month}`;
    year = y;
    return mark;
  });
}

/** Rates may start above zero: the tenth below the lowest, and zero when that is near. */
export function rateFloor(values: readonly number[]): number {
  const lowest = Math.min(1, ...values);
  const floor = Math.floor(lowest * 10 - 1e-9) / 10;
  if (floor <= 0.2) return 0;
  return floor < 0.5 ? (floor < 0.4 ? 0.2 : 0.4) : floor; // where marks stand a fifth apart, they start at one
}
/** The marks from there to 100 % stand equally far apart, never one close below the top. */
export const rateStep = (floor: number): number => (floor < 0.5 ? 0.2 : 0.1);

/** A value in the unit of an axis: 万 for money unless the unit is 元. */
export function scaled(value: string | null | undefined, measure: Measure, unit: format.Unit): number | null {
  if (value === null || value === undefined) return null;
  const n = Number(value);
  return isMoney(measure) && unit !== "yuan" ? n / 10_000 : n;
}

/** What a group is called; 其他 stands for all that are not shown. */
export const groupName = (row: Row, text: { other: string; blank: string }) =>
  row.other ? text.other : (row.label ?? text.blank);

/** The way to the records behind a mark; of 其他, all groups but the shown ones. */
export const pickOf = (chart: Chart, row: Row, measure: string): Pick =>
  row.other
    ? { chart: chart.key, measure, besides: chart.rows.filter((r) => !r.other).map((r) => r.by) }
    : { chart: chart.key, measure, grouped: true, by: row.by };

/** The largest slices; what is left over is one more, with `row` null. `besides`: the groups that it does not hold. */
export interface Slice {
  row: Row | null;
  value: number;
  rows: number;
  besides: By[];
}
export function slices(chart: Chart, most = 6): Slice[] {
  const measure = chart.measures[0];
  if (!measure) return [];
  const slice = (row: Row): Slice => ({
    row,
    value: Number(row.values[measure.key]?.value ?? 0),
    rows: Number(row.values[measure.key]?.rows ?? 0),
    besides: [],
  });
  const all = chart.rows
    .filter((row) => !row.other)
    .map(slice)
    .filter((s) => s.value > 0)
    .sort((a, b) => b.value - a.value);
  const other = chart.rows.filter((row) => row.other).map(slice);
  if (all.length + other.length <= most && other.length === 0) return all;
  const kept = all.slice(0, most - 1);
  const rest = [...all.slice(most - 1), ...other];
  return [
    ...kept,
    {
      row: null,
      value: rest.reduce((n, s) => n + s.value, 0),
      rows: rest.reduce((n, s) => n + s.rows, 0),
      besides: kept.map((s) => s.row?.by ?? null),
    },
  ];
}
