import { describe, expect, it } from "vitest";
import type { WatchedEdge } from "./watch_api";
import { addressOf, behindOf, change, daysOf, forks, periodOf, quarterStart, span, widths } from "./watch_model";

const asked = (text: string) => periodOf(new URLSearchParams(text), "2026-11-22");

describe("a watched period", () => {
  it("is the last thirty days unless the address says otherwise", () => {
    expect(asked("")).toEqual({ preset: "30", period: { since: "2026-10-24", until: "2026-11-22" } });
    expect(daysOf(asked("").period)).toBe(30);
    expect(daysOf(asked("period=90").period)).toBe(90);
    expect(asked("period=quarter").period.since).toBe("2026-10-01");
    expect(asked("period=custom&since=2026-01-05&until=2026-01-09").period).toEqual({
      since: "2026-01-05",
      until: "2026-01-09",
    });
  });

  it("takes no period that cannot be read", () => {
    for (const odd of ["period=custom", "period=custom&since=2026-02-01&until=2026-01-01", "period=x"])
      expect(asked(odd).preset).toBe("30");
  });

  it("knows the first day of each quarter", () => {
    const days = ["2026-01-31", "2026-03-01", "2026-04-01", "2026-09-30", "2026-12-31"];
    expect(days.map(quarterStart)).toEqual(["2026-01-01", "2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"]);
  });
});

describe("figures", () => {
  it("are compared with what was there before, if anything was", () => {
    expect(change(62, 50)).toBeCloseTo(0.24);
    expect(change(5, 10)).toBe(-0.5);
    expect(change(5, 0)).toBeNull();
  });

  it("say durations as people do", () => {
    expect(span(59)).toBeNull();
    expect(span(null)).toBeNull();
    expect(span(20 * 60)).toEqual({ unit: "minutes", n: "20" });
    expect(span(5.5 * 3600)).toEqual({ unit: "hours", n: "5.5" });
    expect(span(86_400 * 2)).toEqual({ unit: "days", n: "2" });
    expect(span(86_400 * 120.4)).toEqual({ unit: "days", n: "120" });
  });

  it("have a share on a line where there are several ways", () => {
    const edges = [
      { from: "a", to: "b", share: 0.6 },
      { from: "a", to: "c", share: 0.4 },
      { from: "b", to: "c", share: 1 },
      { from: "split", to: "b", share: 1 },
      { from: "split", to: "c", share: 1 },
    ] as WatchedEdge[];
    expect(["a", "b", "split"].map((from) => forks(edges, from))).toEqual([true, false, false]);
  });

  it("draw a funnel against its widest stage", () => {
    const stage = (count: number) => ({ key: "x", label: "", label_en: "", count });
    expect(widths([stage(8), stage(4), stage(0)])).toEqual([1, 0.5, 0]);
    expect(widths([stage(0)])).toEqual([0]);
  });
});

it("an open figure stands in the address and comes back from it", () => {
  for (const what of [
    { of: "way" as const, node: "a", to: "b" },
    { of: "stage" as const, stage: "value:confirmed" },
    { of: "overdue" as const },
  ])
    expect(behindOf(addressOf(what))).toEqual(what);
  expect(behindOf("nonsense/a")).toBeNull();
  expect(behindOf(null)).toBeNull();
});
