import { expect, it } from "vitest";
import type { Member, Unit } from "./organisation_api";
import { choosable, chosenOf, unitChoice, unitValue } from "./organisation_model";

const line = (remote: string, act: Member["act"], chosen: boolean, held = 0) =>
  ({ remote, act, chosen, held }) as Member;
const unit = (choice: Unit["choice"], department_id: number | null, proposed: number | null): Unit => ({
  remote: "u",
  path: "销售中心/大客户部",
  people: 3,
  choice,
  department_id,
  proposed,
});

it("ticks what is proposed, never a leaver, and keeps what a person said", () => {
  const lines = [line("a", "new", true), line("b", "new", false), line("c", "leave", true), line("d", "change", true)];
  expect(chosenOf(lines, new Map()).map((one) => one.remote)).toEqual(["a", "d"]);
  const said = new Map([["a", false], ["b", true], ["c", true]]); // biome-ignore format: one line
  expect(chosenOf(lines, said).map((one) => one.remote)).toEqual(["b", "c", "d"]);
});

it("lets nobody be chosen who is refused, has no department here, or still holds something", () => {
  const lines = [line("a", "refused", true), line("b", "unplaced", true), line("c", "leave", false, 6)];
  expect(lines.map(choosable)).toEqual([false, false, false]);
  expect(chosenOf(lines, new Map(lines.map((one) => [one.remote, true])))).toEqual([]);
});

it("shows a department as it was chosen, else as it is proposed, else as open", () => {
  expect(
    [unit("is", 4, 7), unit(null, null, 7), unit("make", null, 7), unit("skip", null, null)].map(unitValue),
  ).toEqual(["is:4", "is:7", "make", "skip"]);
  expect(unitValue(unit(null, null, null))).toBe("");
  expect(unitChoice("u", "is:12")).toEqual({ remote: "u", choice: "is", department_id: 12 });
  expect(unitChoice("u", "skip")).toEqual({ remote: "u", choice: "skip" });
});
