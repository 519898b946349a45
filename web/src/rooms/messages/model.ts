/** How a message stands, in a word with an icon and a tone; what a person may do about it; what is asked for. Pure. */
import type { IconName } from "@/kit";
import type { Tone } from "@/theme/tokens";
import type { Forecast, Policy, State, Tab } from "./api";

export type Standing = State | "held" | "retry" | "quiet";

export function standing(one: { state: State; held?: boolean; why: string | null }): Standing {
  if (one.state !== "queued") return one.state;
  if (one.held) return "held";
  if (one.why === "retry" || one.why === "throttled") return "retry";
  return one.why === "quiet" || one.why === "cap" ? "quiet" : "queued";
}

/** Uncertain is violet and never looks like sent. */
export const LOOK: Record<Standing, { tone: Tone; icon: IconName }> = {
  held: { tone: "warn", icon: "pause" },
  queued: { tone: "plain", icon: "clock" },
  quiet: { tone: "plain", icon: "moon" },
  retry: { tone: "warn", icon: "refresh" },
  sending: { tone: "info", icon: "send" },
  sent: { tone: "brand", icon: "check" },
  merged: { tone: "info", icon: "copy" },
  uncertain: { tone: "review", icon: "help" },
  failed: { tone: "urgent", icon: "bang" },
  bounced: { tone: "urgent", icon: "undo" },
  unaddressed: { tone: "urgent", icon: "mail" },
  cancelled: { tone: "plain", icon: "forbid" },
  expired: { tone: "plain", icon: "hourglass" },
};

export type Act = "cancel" | "arrived" | "again" | "resend" | "alone" | "to_me";

/** What the server would accept; `resend` is a message of its own, `again` the same one once more. */
export function acts(one: { state: State; held?: boolean }): readonly Act[] {
  switch (one.state) {
    case "uncertain":
      return ["cancel", "arrived", "again"];
    case "failed":
      return ["cancel", "again"];
    case "bounced":
    case "sent":
    case "expired":
    case "cancelled":
      return ["resend"];
    case "queued":
      return one.held ? ["cancel", "to_me", "alone"] : ["cancel", "to_me"];
    case "unaddressed":
      return ["cancel"];
    default:
      return [];
  }
}

/** Those of several that may be let go, and cancelled. */
export const lettable = (rows: readonly { id: number; state: State; held: boolean }[]) =>
  rows.filter((one) => one.state === "queued" && one.held).map((one) => one.id);
export const cancellable = (rows: readonly { id: number; state: State }[]) =>
  rows.filter((one) => ["queued", "uncertain", "failed", "unaddressed"].includes(one.state)).map((one) => one.id);

/** 等待 − 过期 − 条件已变 − 已退订 − 稍后 − 合并 = 发出 */
export const TAKEN = ["expired", "gone", "opted_out", "later", "merged"] as const;
export type Term = (typeof TAKEN)[number] | "leaving";
export const adds = (f: Pick<Forecast, Term | "waiting">) =>
  f.waiting === f.leaving + TAKEN.reduce((sum, term) => sum + f[term], 0);
/** The terms worth a place: those that are not nothing. */
export const told = (f: Pick<Forecast, Term | "waiting">) => TAKEN.filter((term) => f[term] > 0);

/** he***@example.com, 138****8888: enough to recognise an address in a list */
export function masked(address: string | null): string {
  if (!address) return "";
  const at = address.indexOf("@");
  if (at >= 0) return `${address.slice(0, Math.min(2, at))}***${address.slice(at)}`;
  return /^\+?\d{7,}$/.test(address) ? `${address.slice(0, 3)}****${address.slice(-4)}` : address;
}

/** What the list is narrowed by; all of it stands in the address. */
export interface Asked {
  tab: Tab;
  channel?: string;
  template?: string;
  customer?: number;
  day?: string;
}
export function askedOf(params: URLSearchParams, tabs: readonly Tab[]): Asked {
  const tab = params.get("tab") as Tab;
  const asked: Asked = { tab: tabs.includes(tab) ? tab : "all" };
  for (const name of ["channel", "template", "day"] as const) {
    const value = params.get(name);
    if (value) asked[name] = value;
  }
  const customer = Number(params.get("customer"));
  if (customer > 0) asked.customer = customer;
  return asked;
}
export const narrowed = (asked: Asked) => Object.keys(asked).length > 1;

/** The policy as a form edits it: quiet hours off are none at all. */
export const ORDER = ["mail", "sms", "dingtalk", "wecom", "feishu"] as const;
export function moved(order: readonly string[], at: number, by: -1 | 1): string[] {
  const to = at + by;
  if (to < 0 || to >= order.length) return [...order];
  const next = [...order];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(to, 0, one);
  return next;
}
export const silent = (policy: Policy) => policy.quiet !== null && policy.quiet !== undefined;
