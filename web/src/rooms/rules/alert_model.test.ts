import { expect, it } from "vitest";
import { fits, owners, piles } from "./alert_model";
import type { Alert } from "./api";

const alert = (id: number, more: Partial<Alert> = {}): Alert => ({
  id,
  rule: "health_low",
  label: "健康度偏低",
  label_en: null,
  form: "customer",
  record_id: id,
  title: `客户 ${id}`,
  severity: "warn",
  state: "open",
  owner_id: 7,
  owner: "唐可",
  opened_at: `2026-11-${10 + id}T01:00:00Z`,
  fired_at: `2026-11-${10 + id}T01:00:00Z`,
  step: "",
  outcome: "fired",
  acknowledged_at: null,
  settled_at: null,
  why: null,
  escalate_at: null,
  escalated_at: null,
  escalated_to: null,
  open_tasks: 0,
  ...more,
});
const everything = { severity: null, state: null, owner: null };

it("puts the gravest first, then what was escalated, then what waits longest", () => {
  const found = piles(
    [
      alert(1),
      alert(2, { severity: "high" }),
      alert(3, { severity: "high", escalated_at: "2026-11-20T01:00:00Z" }),
      alert(4, { severity: "info" }),
      alert(5),
    ],
    everything,
  );
  expect(found.map((pile) => [pile.severity, pile.alerts.map((one) => one.id)])).toEqual([
    ["high", [3, 2]],
    ["warn", [1, 5]],
    ["info", [4]],
  ]);
});

it("narrows by severity, state and owner together", () => {
  const one = alert(1, { severity: "high", state: "acknowledged" });
  expect(fits(one, { severity: "high", state: "acknowledged", owner: 7 })).toBe(true);
  expect(fits(one, { severity: "high", state: "open", owner: null })).toBe(false);
  expect(fits(one, { severity: null, state: null, owner: 8 })).toBe(false);
});

it("names each owner once, and nobody for an alert that is nobody's", () => {
  const found = owners([
    alert(1),
    alert(2),
    alert(3, { owner_id: 9, owner: "安可" }),
    alert(4, { owner_id: null, owner: null }),
  ]);
  expect(found).toEqual([
    { id: 9, name: "安可" },
    { id: 7, name: "唐可" },
  ]);
});
