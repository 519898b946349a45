/** Which lines of another organisation may be chosen, and what a department of theirs is here. Pure. */
import type { Tone } from "@/theme/tokens";
import type { Member, Organisation, Unit, UnitChoice } from "./organisation_api";

export const TONES: Record<Member["act"], Tone> = {
  new: "brand",
  change: "info",
  bind: "review",
  leave: "urgent",
  same: "plain",
  refused: "urgent",
  unplaced: "warn",
};
export const COUNTED = ["new", "change", "bind", "leave", "unplaced", "refused", "same"] as const;

/** Whoever leaves hands over first; what was refused or has no department here waits for that. */
export const choosable = (line: Member): boolean =>
  line.act !== "refused" && line.act !== "unplaced" && line.act !== "same" && !(line.act === "leave" && line.held > 0);

/** What is ticked: as proposed, but for what a person has ticked or unticked; nobody leaves by themselves. */
export function chosenOf(lines: readonly Member[], said: ReadonlyMap<string, boolean>): Member[] {
  return lines.filter((one) => choosable(one) && (said.get(one.remote) ?? (one.chosen && one.act !== "leave")));
}

/** A value of the choice of departments: `is:12`, `make`, `skip`; blank: nobody has said and nothing is proposed. */
export function unitValue(unit: Unit): string {
  if (unit.choice === "make" || unit.choice === "skip") return unit.choice;
  const is = unit.choice === "is" ? unit.department_id : unit.proposed;
  return is === null ? "" : `is:${is}`;
}
export function unitChoice(remote: string, value: string): UnitChoice {
  if (value === "make" || value === "skip") return { remote, choice: value };
  return { remote, choice: "is", department_id: Number(value.slice(3)) };
}

/** Departments that nobody has matched and that have people: these are asked about. */
export const open = (organisation: Organisation): Unit[] =>
  organisation.units.filter((unit) => unitValue(unit) === "" && unit.people > 0);
