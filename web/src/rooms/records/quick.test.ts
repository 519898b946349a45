import { expect, it } from "vitest";
import type { Group } from "@/kit/formula/conditions";
import type { Form } from "@/rooms/forms";
import forms from "../../../dev/forms.json";
import { chosenOf, partsOf, quicksOf, tapped } from "./quick";

const of = (key: string) => (forms as unknown as (Form & { form: string })[]).find((f) => f.form === key) as Form;
const contract: Form = { ...of("contract"), key: "contract" };
const customer: Form = { ...of("customer"), key: "customer" };
const quicks = quicksOf(contract, [contract, customer]);
const [days, status, score] = quicks;
if (!days || !status || !score) throw new Error("a contract has an end, a status and a customer with a score");

const open = { path: ["open"], op: "true", value: null, kind: "yes_no" };
const within = (n: number) => ({ path: ["end_date"], op: "next_days", value: n, kind: "date" });
const soon: Group = { join: "and", rows: [open, within(60)] };

it("offers how soon it ends, its status and its customer's health", () => {
  expect(quicks.map((q) => q.path.join("."))).toEqual(["end_date", "status", "customer.health_score"]);
});

it("reads the conditions of a view as choices and changes only its own", () => {
  expect(chosenOf(days, soon)).toEqual(["60"]);
  expect(tapped(days, soon, "90").rows).toEqual([open, within(90)]);
  expect(tapped(days, soon, "60").rows).toEqual([open]);
});

it("knows what is not excluded as chosen, and all of them as no condition", () => {
  const not: Group = { join: "and", rows: [{ path: ["status"], op: "not_in", value: ["lost"], kind: "select" }] };
  expect(chosenOf(status, not)).toEqual(["pending", "confirmed", "renewed"]);
  expect(tapped(status, not, "lost").rows).toEqual([]);
  expect(tapped(status, not, "renewed").rows).toEqual([
    { path: ["status"], op: "in", value: ["pending", "confirmed"], kind: "select" },
  ]);
});

it("says nothing of a condition that no choice stands for", () => {
  const other: Group = { join: "and", rows: [{ path: ["end_date"], op: "ge", value: { today: -7 }, kind: "date" }] };
  expect(chosenOf(days, other)).toBeNull();
});

it("keeps alternatives together when a condition is added to them", () => {
  const either: Group = { join: "or", rows: [open, within(60)] };
  expect(tapped(score, either, "low").rows).toEqual([
    either,
    { path: ["customer", "health_score"], op: "lt", value: "60", kind: "number" },
  ]);
});

it("tells the conditions one by one, each with what stays without it", () => {
  const middle = tapped(score, soon, "middle");
  const parts = partsOf(quicks, middle);
  expect(parts.map(({ part }) => ("quick" in part ? part.keys : "row" in part ? part.row.path : "group"))).toEqual([
    ["60"],
    ["middle"],
    ["open"],
  ]);
  expect(parts[1]?.rest.rows).toEqual([open, within(60)]);
});
