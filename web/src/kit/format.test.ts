import { describe, expect, it } from "vitest";
import * as f from "./format";

describe("money", () => {
  it("always shows two decimals, groups and a true minus", () => {
    expect(f.money("1234567")).toBe("¥1,234,567.00");
    expect(f.money("-1200")).toBe("−¥1,200.00");
    expect(f.money("0")).toBe("¥0.00");
    expect(f.money("684500.4", 0)).toBe("¥684,500");
  });
  it("never loses a digit of a large amount", () => {
    expect(f.money("12345678901234567.89")).toBe("¥12,345,678,901,234,567.89");
  });
  it("rounds half up on the text, where a float would not", () => {
    expect(f.money("1.005")).toBe("¥1.01");
    expect(f.money("-0.001")).toBe("¥0.00");
  });
  it("shows blank as a dash and leaves a masked value alone", () => {
    expect(f.money(null)).toBe("—");
    expect(f.money("***")).toBe("***");
  });
});

describe("units", () => {
  it("turns 3,862,000 into 386.20 万", () => {
    expect(f.inUnit("3862000", "wan")).toEqual({ text: "386.20", suffix: "万" });
  });
  it("uses 亿 from 10,000 万 on", () => {
    expect(f.inUnit("123456789", "auto")).toEqual({ text: "1.23", suffix: "亿" });
    expect(f.inUnit("99999999", "auto")).toEqual({ text: "10,000.00", suffix: "万" });
  });
  it("leaves small amounts in yuan", () => {
    expect(f.inUnit("9999", "auto")).toEqual({ text: "¥9,999.00", suffix: "" });
  });
});

describe("rates and numbers", () => {
  it("shows one decimal of a rate", () => {
    expect(f.percent("0.609375")).toBe("60.9%");
    expect(f.percent("1")).toBe("100.0%");
    expect(f.percent(-0.042)).toBe("−4.2%");
  });
  it("keeps a number's own decimals up to four", () => {
    expect(f.number("1234.5")).toBe("1,234.5");
    expect(f.number("0.33333333")).toBe("0.3333");
    expect(f.number(57)).toBe("57");
  });
});

describe("dates", () => {
  it("counts days over a month and a leap year", () => {
    expect(f.daysBetween("2026-11-21", "2026-11-30")).toBe(9);
    expect(f.daysBetween("2028-02-28", "2028-03-01")).toBe(2);
    expect(f.addDays("2026-12-31", 1)).toBe("2027-01-01");
  });
  it("knows that 2026-11-21 is a Saturday", () => {
    expect(f.dateWithWeekday("2026-11-21", "zh")).toBe("2026-11-21 周六");
    expect(f.dateWithWeekday("2026-11-21", "en")).toBe("Sat 2026-11-21");
    expect(f.dateWithWeekday("2026-11-23", "zh", "2026-11-21")).toBe("11-23 周一");
  });
  it("reads a moment on the workspace's clock", () => {
    expect(f.local("2026-11-21T01:00:00Z", "Asia/Shanghai")).toEqual({ day: "2026-11-21", time: "09:00" });
    expect(f.local("2026-11-21T23:59:00", "Asia/Shanghai")).toEqual({ day: "2026-11-21", time: "23:59" });
  });
});

describe("days left", () => {
  it.each([
    [90, "calm"],
    [61, "calm"],
    [60, "info"],
    [31, "info"],
    [30, "warn"],
    [16, "warn"],
    [15, "urgent"],
    [0, "urgent"],
    [-1, "overdue"],
  ] as const)("%i days are %s", (days, expected) => {
    expect(f.level(days)).toBe(expected);
  });
});

it("cuts a file name in the middle", () => {
  expect(f.middle("短.xlsx")).toBe("短.xlsx");
  expect(f.middle("合同台账".repeat(12), 20)).toHaveLength(20);
});
