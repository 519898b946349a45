/** Alerts as a list: what is most urgent first, narrowed by what the address says. Pure. */
import type { Alert } from "./api";
import { SEVERITIES, type Severity } from "./model";

export interface Narrow {
  severity: string | null;
  state: string | null;
  owner: number | null;
}

/** Escalated before others of its severity, then the one that waits longest. */
export const byUrgency = (one: Alert, other: Alert): number =>
  SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
  Number(other.escalated_at !== null) - Number(one.escalated_at !== null) ||
  one.opened_at.localeCompare(other.opened_at) ||
  one.id - other.id;

export const fits = (one: Alert, narrow: Narrow): boolean =>
  (!narrow.severity || one.severity === narrow.severity) &&
  (!narrow.state || one.state === narrow.state) &&
  (!narrow.owner || one.owner_id === narrow.owner);

export interface Pile {
  severity: Severity;
  alerts: Alert[];
}
/** Open ones by urgency under their severity; settled ones stay as they come, newest first. */
export function piles(alerts: readonly Alert[], narrow: Narrow): Pile[] {
  const found = alerts.filter((one) => fits(one, narrow)).sort(byUrgency);
  return SEVERITIES.map((severity) => ({
    severity,
    alerts: found.filter((one) => one.severity === severity),
  })).filter((pile) => pile.alerts.length > 0);
}

/** Whose they are, by name. */
export function owners(alerts: readonly Alert[]): { id: number; name: string }[] {
  const found = new Map<number, string>();
  for (const one of alerts) if (one.owner_id !== null) found.set(one.owner_id, one.owner ?? String(one.owner_id));
  return [...found].map(([id, name]) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name, "zh"));
}

export const isOpen = (one: Alert) => one.state === "open" || one.state === "acknowledged";
