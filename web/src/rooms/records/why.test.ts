import { expect, it } from "vitest";
import { factors, hiddenParts, lines, type Part, wouldReach } from "./why";

const part = (text: string, value: Part["value"], parts: Part[] = [], more: Partial<Part> = {}): Part => ({
  text,
  label: null,
  kind: "number",
  value,
  why: null,
  path: [],
  parts,
  hidden: 0,
  flips: [],
  ...more,
});
const field = (key: string, value: Part["value"], kind = "number") =>
  part(key, value, [], { path: [key], label: key, kind });

it("reads a weighted sum as factors with weight and contribution", () => {
  const usage = part("0.35 * usage", "14.35", [part("0.35", "0.35"), field("usage", "41")]);
  const tickets = part("0.2 * tickets", "10.4", [part("0.2", "0.2"), field("tickets", "52")]);
  const pay = part("0.2 * pay", "19", [part("0.2", "0.2"), field("pay", "95")]);
  const two = part("0.35 * usage + 0.2 * tickets", "24.75", [usage, tickets]);
  const sum = part("0.35 * usage + 0.2 * tickets + 0.2 * pay", "43.75", [two, pay]);
  const whole = part(
    "score",
    "44",
    [part("ROUND(0.35 * usage + 0.2 * tickets + 0.2 * pay, 0)", "44", [sum, part("0", "0")])],
    {
      path: ["score"],
    },
  );
  expect(factors(whole)?.map((f) => [f.part.text, f.weight, f.contribution])).toEqual([
    ["usage", "0.35", "14.35"],
    ["tickets", "0.2", "10.4"],
    ["pay", "0.2", "19"],
  ]);
});

it("reads weights that stand in a table, as shares of their sum, and tells what alone would reach the goal", () => {
  const looked = (name: string, value: string) =>
    part(`XLOOKUP(TRUE, w.on, w.${name})`, value, [], { kind: "percent" });
  const term = (name: string, weight: string, score: string, value: string) => {
    const [a, b] = [looked(name, weight), field(name, score)];
    return part(`${a.text} * ${b.text}`, value, [a, b]);
  };
  // 2 x 40 + 3 x 60 = 260, divided by 5: 52
  const [usage, tickets] = [term("usage", "2", "40", "80"), term("tickets", "3", "60", "180")];
  const sum = part(`${usage.text} + ${tickets.text}`, "260", [usage, tickets]);
  const total = looked("total", "5");
  const whole = part(`(${sum.text}) / ${total.text}`, "52", [sum, total]);
  const found = factors(part("score", "52", [whole], { path: ["score"] }));
  expect(found?.map((f) => [f.part.text, f.weight, f.contribution])).toEqual([
    ["usage", "0.4", "16"],
    ["tickets", "0.6", "36"],
  ]);
  // 8 points are missing: 20 more of usage, or 13.3 more of tickets
  expect(wouldReach(found ?? [], 52, 60)?.[1]).toBe(74);
  expect(wouldReach(found ?? [], 52, 90)).toBeNull();
});

it("is no weighted sum when a term is something else", () => {
  const sum = part("a + b", "3", [field("a", "1"), field("b", "2")]);
  expect(factors(part("x", "3", [sum], { path: ["x"] }))).toBeNull();
});

it("lists conditions with their fields below, each once, and counts what rights hide", () => {
  const open = part("open", true, [], { path: ["open"], kind: "yes_no" });
  const late = part(
    "end_date < TODAY()",
    false,
    [field("end_date", "2027-02-20", "date"), part("TODAY()", "2026-11-22")],
    {
      kind: "yes_no",
      hidden: 1,
    },
  );
  const whole = part("overdue", false, [
    part("AND(open, end_date < TODAY())", false, [open, late], { kind: "yes_no" }),
  ]);
  expect(lines(whole).map((l) => `${l.depth} ${l.part.text}`)).toEqual([
    "0 AND(open, end_date < TODAY())",
    "1 open",
    "1 end_date < TODAY()",
    "2 end_date",
  ]);
  expect(hiddenParts(whole)).toBe(1);
});

it("shows of a run of readings the latest four, not the count", () => {
  const days = ["22", "15", "08", "01"].map((day, n) => part(`score 2026-11-${day}`, String(58 + n)));
  const run = part('HELD(score < 60, 2, "week")', true, [part("2", "2"), ...days, part("score 2026-10-25", "70")], {
    kind: "yes_no",
  });
  const whole = part(`AND(open, ${run.text})`, true, [field("open", true, "yes_no"), run], { kind: "yes_no" });
  expect(lines(whole).map((l) => `${l.depth} ${l.part.text}`)).toEqual([
    "0 open",
    `0 ${run.text}`,
    ...days.map((one) => `1 ${one.text}`),
  ]);
});
