import { expect, it } from "vitest";
import { factors, hiddenParts, lines, type Part } from "./why";

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
