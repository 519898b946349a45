import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { hear } from "./live";

class Line {
  static lines: Line[] = [];
  static CLOSED = 2;
  readyState = 1;
  private ears = new Map<string, ((event: { data: string }) => void)[]>();
  constructor(readonly address: string) {
    Line.lines.push(this);
  }
  addEventListener(name: string, ear: (event: { data: string }) => void) {
    this.ears.set(name, [...(this.ears.get(name) ?? []), ear]);
  }
  say(name: string, data = "{}") {
    for (const ear of this.ears.get(name) ?? []) ear({ data });
  }
  close() {
    this.readyState = Line.CLOSED;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Line.lines = [];
  vi.stubGlobal("EventSource", Line);
  vi.stubGlobal("document", { visibilityState: "visible", addEventListener: vi.fn(), removeEventListener: vi.fn() });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("opens another line when one has been silent for too long, as after an hour's sleep", () => {
  const told: string[] = [];
  const stop = hear((name, form) => told.push(name + form));
  Line.lines[0]?.say("all");
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(10_000);
  expect(Line.lines.map((line) => line.readyState)).toEqual([Line.CLOSED, 1]);
  Line.lines[1]?.say("all"); // what was missed is asked again
  expect(told).toEqual(["all", "all"]);
  stop();
});

it("keeps a line on which nothing happens", () => {
  const stop = hear(() => undefined);
  for (let at = 0; at < 20; at++) {
    vi.advanceTimersByTime(15_000);
    Line.lines[0]?.say("here");
  }
  expect(Line.lines).toHaveLength(1);
  stop();
  expect(Line.lines[0]?.readyState).toBe(Line.CLOSED);
  vi.advanceTimersByTime(60_000);
  expect(Line.lines).toHaveLength(1);
});
