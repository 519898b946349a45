/** How a message stands, in a word with an icon and a tone; what a person may do about it. Pure. */
import type { IconName } from "@/kit";
import type { Tone } from "@/theme/tokens";
import type { Forecast, State } from "./api";

export type Standing = State | "held" | "retry";

export function standing(one: { state: State; held?: boolean; why: string | null }): Standing {
  if (one.state === "queued" && one.held) return "held";
  if (one.state === "queued" && one.why === "retry") return "retry";
  return one.state;
}

/** Uncertain is violet and never looks like sent. */
export const LOOK: Record<Standing, { tone: Tone; icon: IconName }> = {
  held: { tone: "warn", icon: "pause" },
  queued: { tone: "plain", icon: "clock" },
  retry: { tone: "warn", icon: "refresh" },
  sending: { tone: "info", icon: "send" },
  sent: { tone: "brand", icon: "check" },
  merged: { tone: "info", icon: "copy" },
  uncertain: { tone: "review", icon: "help" },
  failed: { tone: "urgent", icon: "bang" },
  unaddressed: { tone: "urgent", icon: "mail" },
  cancelled: { tone: "plain", icon: "forbid" },
  expired: { tone: "plain", icon: "hourglass" },
};

/** What the server would accept. */
export function acts(state: State): readonly ("again" | "arrived" | "cancel")[] {
  switch (state) {
    case "uncertain":
      return ["cancel", "arrived", "again"];
    case "failed":
      return ["cancel", "again"];
    case "queued":
    case "unaddressed":
      return ["cancel"];
    default:
      return [];
  }
}

/** 等待 = 过期 + 合并 + 发出 + 稍后 */
export const TERMS = ["expired", "merged", "leaving", "later"] as const;
export const adds = (f: Forecast) => f.waiting === f.expired + f.merged + f.leaving + f.later;

/** he***@example.com: enough to recognise an address in a list */
export function masked(address: string | null): string {
  const at = address?.indexOf("@") ?? -1;
  if (!address || at < 0) return address ?? "";
  return `${address.slice(0, Math.min(2, at))}***${address.slice(at)}`;
}
