/** A score over weeks as a drawing of 100 by 100: pure. */

export interface Point {
  day: string;
  value: number;
}
export interface Drawn {
  /** marks of the scale, bottom up */
  marks: { value: number; y: number }[];
  points: (Point & { x: number; y: number })[];
  path: string;
  /** the value of now: no reading yet, so it is not joined */
  now: (Point & { x: number; y: number }) | null;
  low: number | null;
}

/** At most so many of the newest readings that have a value. */
export function newest(readings: readonly { day: string; value?: unknown }[], most: number): Point[] {
  return readings
    .flatMap(({ day, value }) => (value === null || value === undefined ? [] : [{ day, value: Number(value) }]))
    .slice(-most);
}

/** `low` is in sight too; the scale ends on whole tens. */
export function draw(points: readonly Point[], low: number | null, now: Point | null = null): Drawn {
  const values = [...[...points, ...(now ? [now] : [])].map((p) => p.value), ...(low === null ? [] : [low])];
  const from = Math.floor((Math.min(...values) - 2) / 10) * 10;
  const to = Math.max(from + 20, Math.ceil((Math.max(...values) + 2) / 10) * 10);
  const y = (value: number) => 100 - ((value - from) / (to - from)) * 100;
  const slots = now ? points.length : points.length - 1;
  const x = (at: number) => (slots < 1 ? 100 : (at / slots) * 100);
  const step = to - from > 50 ? 20 : 10;
  const marks = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  const placed = points.map((p, at) => ({ ...p, x: x(at), y: y(p.value) }));
  return {
    marks: marks.map((value) => ({ value, y: y(value) })),
    points: placed,
    path: placed.map((p, at) => `${at ? "L" : "M"}${p.x.toFixed(2)} ${p.y.toFixed(2)}`).join(" "),
    low: low === null ? null : y(low),
    now: now && { ...now, x: 100, y: y(now.value) },
  };
}

export interface Span {
  id: number;
  from: string;
  until: string;
}

/** Spans that overlap go to the next lane. */
export function inLanes<T extends Span>(spans: readonly T[]): (T & { lane: number })[] {
  const free: string[] = [];
  return [...spans]
    .sort((a, b) => a.from.localeCompare(b.from))
    .map((span) => {
      let lane = free.findIndex((end) => end < span.from);
      if (lane < 0) lane = free.length;
      free[lane] = span.until;
      return { ...span, lane };
    });
}
