import { expect, it } from "vitest";
import type { Use } from "./api";
import { brokenOf, countByKind, grouped } from "./uses";

const use = (kind: string, key: string, effect: Use["effect"], place = "", field = "note"): Use => ({
  form: "deal",
  field,
  kind,
  key,
  label: key,
  path: place,
  place,
  effect,
});
const USES = [
  use("view", "mine", "none"),
  use("process", "renewal", "breaks", "到期确认"),
  use("process", "renewal", "breaks", "重新打开"),
  use("process", "renewal", "none", "提醒", "amount"),
  use("view", "board", "none"),
  use("dashboard", "cockpit", "check", "流失原因"),
];

it("names each definition that would break once, with its places and what it would lose", () => {
  const found = brokenOf(USES);
  expect(found.map((one) => [one.use.key, one.places, one.fields.map((f) => f.field)])).toEqual([
    ["renewal", ["到期确认", "重新打开"], ["note"]],
  ]);
});

it("groups the rest by kind, worst first, and calls nothing fine that breaks elsewhere", () => {
  expect(grouped(USES).map((g) => [g.kind, g.effect, g.definitions.map((d) => d.key)])).toEqual([
    ["dashboard", "check", ["cockpit"]],
    ["view", "none", ["mine", "board"]],
  ]);
});

it("counts definitions, not places", () => {
  expect(countByKind(USES)).toEqual([
    ["view", 2],
    ["process", 1],
    ["dashboard", 1],
  ]);
});
