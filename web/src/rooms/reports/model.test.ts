import { describe, expect, it } from "vitest";
import type { Chart, Measure } from "./api";
import {
  bands,
  groupName,
  isBare,
  isFew,
  isPartOfWhole,
  monthMarks,
  pickOf,
  rateFloor,
  rateStep,
  scaled,
  shown,
  slices,
} from "./model";

const measure = (key: string, display: string): Measure => ({
  key,
  label: key,
  label_en: "",
  aggregate: display === "ratio" ? "ratio" : display === "money" ? "sum" : "count",
  display,
});
const chart = (more: Partial<Chart>): Chart => ({
  key: "c",
  label: "",
  label_en: "",
  kind: "bar",
  form: "contract",
  span: 4,
  about: "",
  about_en: "",
  by: "",
  by_kind: "",
  measures: [],
  rows: [],
  problem: null,
  ...more,
});
const row = (by: string | null, values: Record<string, string>, running = false) => ({
  by,
  label: by,
  running,
  other: false,
  values: Object.fromEntries(Object.entries(values).map(([k, value]) => [k, { value, rows: 1 }])),
});

describe("cards", () => {
  it("fill rows of twelve columns, figures apart from charts", () => {
    const spans = (kinds: [Chart["kind"], number][]) =>
      bands(kinds.map(([kind, span]) => chart({ kind, span }))).map((b) => b.length);
    expect(
      spans([
        ["metric", 2],
        ["metric", 2],
        ["bar", 7],
        ["line", 5],
        ["pie", 4],
      ]),
    ).toEqual([2, 2, 1]);
  });
});

describe("figures", () => {
  const money = measure("amount", "money");
  it("read in 万 with two decimals, in 亿 from 10,000 万, in 元 with none on a tile", () => {
    expect(shown({ value: "3862000.00", rows: 64 }, money, "wan", "份")).toMatchObject({
      text: "386.20",
      suffix: "万",
    });
    expect(shown({ value: "123456789", rows: 1 }, money, "auto", "份")).toMatchObject({ text: "1.23", suffix: "亿" });
    expect(shown({ value: "3862000.40", rows: 64 }, money, "yuan", "份", true)).toMatchObject({
      text: "¥3,862,000",
      full: "¥3,862,000.40",
    });
  });
  it("count with their noun, rates with one decimal, nothing as a dash", () => {
    expect(shown({ value: "1234", rows: 1234 }, measure("n", "count"), "wan", "份")).toMatchObject({
      text: "1,234",
      suffix: "份",
    });
    expect(shown({ value: "0.609375", rows: 64 }, measure("r", "ratio"), "wan", "份").text).toBe("60.9%");
    expect(shown({ value: null, rows: 0 }, measure("r", "ratio"), "wan", "份").text).toBe("—");
  });
  it("of fewer than five records say little", () => {
    expect(isFew({ value: "0.5", rows: 4 }, measure("r", "ratio"))).toBe(true);
    expect(isFew({ value: "0.5", rows: 5 }, measure("r", "ratio"))).toBe(false);
  });
  it("without any record are told from those that are zero", () => {
    const of = (rows: number) =>
      chart({ rows: [{ by: null, label: null, running: false, other: false, values: { n: { value: "0", rows } } }] });
    expect(isBare([of(0), chart({})])).toBe(true);
    expect(isBare([of(0), of(3)])).toBe(false);
    expect(isFew({ value: null, rows: 0 }, measure("r", "ratio"))).toBe(false);
  });
  it("stand on an axis in 万", () => {
    expect(scaled("25000", money, "wan")).toBe(2.5);
    expect(scaled("25000", money, "yuan")).toBe(25000);
    expect(scaled(null, money, "wan")).toBeNull();
  });
});

describe("charts", () => {
  it("know a part from its whole", () => {
    const measures = [measure("expected", "money"), measure("completed", "money")];
    expect(isPartOfWhole(chart({ measures, rows: [row("2026-11", { expected: "5", completed: "5" })] }))).toBe(true);
    expect(isPartOfWhole(chart({ measures, rows: [row("2026-11", { expected: "5", completed: "6" })] }))).toBe(false);
  });
  it("name the year where it begins", () => {
    expect(monthMarks([row("2025-11", {}), row("2025-12", {}), row("2026-01", {})])).toEqual(["25-11", "12", "26-01"]);
  });
  it("mark rates at equal distances up to 100 %", () => {
    for (const lowest of [0.03, 0.25, 0.38, 0.47, 0.55, 0.72, 0.99]) {
      const floor = rateFloor([lowest]);
      const marks = (1 - floor) / rateStep(floor);
      expect(marks).toBeCloseTo(Math.round(marks));
    }
  });
  it("start rates below the lowest, at zero when that is near", () => {
    expect(rateFloor([0.783, 0.855])).toBe(0.7);
    expect(rateFloor([0.8, 0.9])).toBe(0.7);
    expect(rateFloor([0.22])).toBe(0);
    expect(rateFloor([0.38])).toBe(0.2);
    expect(rateFloor([0.47])).toBe(0.4);
  });
  const six = ["a", "b", "c", "d", "e", "f"].map((by, i) => row(by, { n: String(10 - i) }));
  const pie = (rows: typeof six) => chart({ kind: "pie", measures: [measure("n", "count")], rows });
  it("show six slices, and of more than six put the small ones together", () => {
    expect(slices(pie(six)).map((s) => s.value)).toEqual([10, 9, 8, 7, 6, 5]);
    const found = slices(pie([...six, row("g", { n: "4" })]));
    expect(found.map((s) => s.value)).toEqual([10, 9, 8, 7, 6, 9]);
    expect(found.at(-1)?.row).toBeNull();
    expect(found.at(-1)?.besides).toEqual(["a", "b", "c", "d", "e"]);
  });
  it("keep what the server put together as the last slice, and open all groups but the shown ones", () => {
    const other = { ...row(null, { n: "30" }), other: true };
    const found = slices(pie([...six.slice(0, 2), other]));
    expect(found.map((s) => s.value)).toEqual([10, 9, 30]);
    expect(found.at(-1)?.besides).toEqual(["a", "b"]);
    expect(pickOf(pie([...six.slice(0, 2), other]), other, "n")).toEqual({
      chart: "c",
      measure: "n",
      besides: ["a", "b"],
    });
    expect(groupName(other, { other: "其他", blank: "空" })).toBe("其他");
  });
});
