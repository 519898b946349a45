import { describe, expect, it } from "vitest";
import { between, dayBefore, endOfLastMonth, isMoment, monthOf, named, readable, step, weeks } from "./model";

describe("a month", () => {
  it("is whole weeks from Monday on", () => {
    const rows = weeks({ year: 2026, month: 11 });
    expect(rows[0]).toEqual([
      "2026-10-26", "2026-10-27", "2026-10-28", "2026-10-29", "2026-10-30", "2026-10-31", "2026-11-01",
    ]); // biome-ignore format: a week
    expect(rows.at(-1)?.at(-1)).toBe("2026-12-06");
    expect(weeks({ year: 2027, month: 2 })).toHaveLength(4);
  });
  it("steps over the year", () => {
    expect(step(monthOf("2026-12-05"), 1)).toEqual({ year: 2027, month: 1 });
    expect(step(monthOf("2026-01-05"), -1)).toEqual({ year: 2025, month: 12 });
  });
  it("knows the days that are asked for most", () => {
    expect(endOfLastMonth("2026-03-15")).toBe("2026-02-28");
    expect(dayBefore("2026-01-01")).toBe("2025-12-31");
  });
});

it("takes a day or a minute for a moment, and nothing else", () => {
  expect(["2026-11-17", "2026-11-17T09:42"].every(isMoment)).toBe(true);
  expect(["", "now", "2026-11", "2026-11-17 09:42"].some(isMoment)).toBe(false);
  expect(readable("2026-11-17T09:42:10")).toBe("2026-11-17 09:42");
});

it("names what a list holds", () => {
  expect(named([{ id: 1, label: "甲" }, { denied: true }, { file: 3, name: "a.pdf" }])).toBe("甲、…、a.pdf");
  expect(named({ number: "Z-1", files: [] })).toBe("Z-1");
  expect(named({ files: [{ name: "b.pdf" }] })).toBe("b.pdf");
  expect(named("text")).toBeNull();
});

describe("two texts", () => {
  it("differ in the middle, and what they share is told once", () => {
    expect(between("一次性付清", "分期付清")).toEqual({ head: "", a: "一次性", b: "分期", tail: "付清" });
    expect(between("未付款部分的 0.1%/日", "未付款部分的 0.05%/日")).toEqual({
      head: "未付款部分的 0.",
      a: "1",
      b: "05",
      tail: "%/日",
    });
    expect(between("aa", "aaa")).toEqual({ head: "aa", a: "", b: "a", tail: "" });
    expect(between("😀x", "😃x")).toEqual({ head: "", a: "😀", b: "😃", tail: "x" });
  });
});
