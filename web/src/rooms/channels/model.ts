/** What a channel asks for, what it would forget, how it stands. Pure. */
import type { IconName } from "@/kit";
import type { Tone } from "@/theme/tokens";
import type { Asked, Setup, Standing, Tried, Values } from "./api";

export const LOOK: Record<Standing["state"], { tone: Tone; icon?: IconName }> = {
  none: { tone: "plain" },
  new: { tone: "info", icon: "clock" },
  well: { tone: "brand", icon: "check" },
  trouble: { tone: "urgent", icon: "bang" },
  resting: { tone: "warn", icon: "hourglass" },
  stopped: { tone: "urgent", icon: "forbid" },
};
export const ICONS: Record<string, IconName> = {
  mail: "mail",
  sms: "phone",
  dingtalk: "bolt",
  wecom: "chat",
  feishu: "send",
  mail_in: "download",
  webhook: "plug",
};

/** What is written in the drawer: texts as typed, the map of codes as lines. */
export interface Draft {
  kind: string;
  values: Record<string, string>;
  codes: [ours: string, theirs: string][];
  secrets: Record<string, string>;
}

const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");

export function draftOf(setup: Setup): Draft {
  const kind = setup.kind ?? Object.keys(setup.kinds)[0] ?? "";
  const codes = Object.entries((setup.values.codes ?? {}) as Record<string, string>);
  const values = Object.fromEntries(Object.entries(setup.values).map(([key, value]) => [key, text(value)]));
  return { kind, values, codes, secrets: {} };
}

export const asks = (setup: Setup, kind: string): readonly Asked[] => setup.kinds[kind] ?? [];

const CALLBACK = ["events", "callback_token", "callback_key", "verification_token", "encrypt_key", "approval_code"];
export type Part = "main" | "events" | "more";

/** Where a field stands: what is needed first, then what comes back, then what hardly anybody changes. */
export function partOf(asked: Asked): Part {
  if (CALLBACK.includes(asked.key)) return "events";
  return asked.what === "url" || asked.key === "region" ? "more" : "main";
}

/** Fields that mean nothing as the others stand: how events are sealed, where none are called back. */
export const idle = (asked: Asked, draft: Draft, fields: readonly Asked[]): boolean =>
  ["callback_token", "callback_key"].includes(asked.key) &&
  fields.some((one) => one.key === "events") &&
  draft.values.events !== "callback";

/** The order to fill in: texts before the secrets that belong to them, optional ones last. */
export function ordered(fields: readonly Asked[]): Asked[] {
  const rank = (one: Asked) =>
    one.required || one.key === "user" || one.key === "password" || one.key === "events" ? 0 : 1;
  return fields
    .map((one, at) => ({ one, at }))
    .sort((a, b) => rank(a.one) - rank(b.one) || a.at - b.at)
    .map((x) => x.one);
}

/** Another kind or another server: the secrets that are kept would be seen by somebody else, so they are forgotten. */
export function forgets(setup: Setup, draft: Draft): boolean {
  if (setup.secrets.length === 0) return false;
  if (draft.kind !== setup.kind) return true;
  return asks(setup, draft.kind).some(
    (one) => one.place && (draft.values[one.key]?.trim() ?? "") !== text(setup.values[one.key]),
  );
}

/** Its keys that are kept and stay so. */
export const kept = (setup: Setup, draft: Draft, key: string): boolean =>
  setup.secrets.includes(key) && !setup.lost.includes(key) && !forgets(setup, draft);

export type Wrong = "required" | "url" | "number" | "address";

/** What the server would refuse, told before it is asked. */
export function problems(setup: Setup, draft: Draft): Record<string, Wrong> {
  const wrong: Record<string, Wrong> = {};
  for (const one of asks(setup, draft.kind)) {
    const value = one.what === "secret" ? (draft.secrets[one.key] ?? "") : (draft.values[one.key]?.trim() ?? "");
    if (!value) {
      if (one.required && !(one.what === "secret" && kept(setup, draft, one.key))) wrong[one.key] = "required";
    } else if (one.what === "url" && !/^https?:\/\/[^\s/]+/.test(value)) wrong[one.key] = "url";
    else if (one.what === "number" && !(Number(value) >= 0)) wrong[one.key] = "number";
    else if (one.key === "sender" && !/^[^@\s]+@[^@\s]+$/.test(value)) wrong[one.key] = "address";
  }
  return wrong;
}

/** As the server takes it: what this kind does not ask for is left out. */
export function said(setup: Setup, draft: Draft): { kind: string; values: Values; secrets: Record<string, string> } {
  const values: Values = {};
  const secrets: Record<string, string> = {};
  for (const one of asks(setup, draft.kind)) {
    if (one.what === "secret") {
      if (draft.secrets[one.key]) secrets[one.key] = draft.secrets[one.key] ?? "";
    } else if (one.what === "map") {
      const lines = draft.codes.map(([a, b]) => [a.trim(), b.trim()] as const).filter(([a, b]) => a && b);
      if (lines.length > 0) values[one.key] = Object.fromEntries(lines);
    } else {
      const value = draft.values[one.key]?.trim();
      if (value) values[one.key] = one.what === "number" ? Number(value) : value;
    }
  }
  return { kind: draft.kind, values, secrets };
}

/** 138****6120 */
export const maskedPhone = (phone: string) =>
  phone.length > 7 ? `${phone.slice(0, 3)}${"*".repeat(phone.length - 7)}${phone.slice(-4)}` : phone;

/** The tone of what came of a try. */
export function triedTone(state: Tried["state"]): { tone: "good" | "bad" | "doubt"; icon: IconName } {
  if (state === "sent") return { tone: "good", icon: "tick" };
  return state === "uncertain" ? { tone: "doubt", icon: "help" } : { tone: "bad", icon: "bang" };
}

/** Those that are set up stand before those that are not, each in the server's order. */
export const inOrder = (rows: readonly Standing[]): Standing[] => [
  ...rows.filter((one) => one.state !== "none"),
  ...rows.filter((one) => one.state === "none"),
];
