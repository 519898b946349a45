import type { Language } from "@/i18n";
import type { Setup } from "./api";

/** The first start as a plain state: three steps, each can be gone back to, nothing typed is lost. */
export type Step = 0 | 1 | 2;

export interface Draft {
  name: string;
  account: string;
  password: string;
  again: string;
  company: string;
  zone: string;
  start: "import" | "empty";
  /** what the server printed; asked from another machine only */
  code: string;
}
export const EMPTY: Draft = {
  name: "",
  account: "",
  password: "",
  again: "",
  company: "",
  zone: "Asia/Shanghai",
  start: "import",
  code: "",
};

const COMMON = ["password", "12345678", "qwerty", "admin", "11111111", "abc123", "iloveyou", "perennial", "changqing"];

export interface Strength {
  long: boolean;
  uncommon: boolean;
  apart: boolean;
  /** 0 to 4 */
  score: number;
}
export function strength(password: string, account: string): Strength {
  const long = password.length >= 10;
  const low = password.toLowerCase();
  const uncommon = password.length > 0 && !COMMON.some((c) => low.includes(c)) && new Set(low).size > 4;
  const apart = password.length > 0 && (account === "" || !low.includes(account.toLowerCase()));
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((r) => r.test(password)).length;
  const score = !password
    ? 0
    : !(long && uncommon && apart)
      ? 1
      : Math.min(4, 1 + kinds + (password.length >= 14 ? 1 : 0) - 1);
  return { long, uncommon, apart, score: Math.max(password ? 1 : 0, score) };
}

export type Fault = "missing" | "account_shape" | "password_weak" | "password_differs";

/** What keeps this step from being left; by field. `coded`: the server asks for its code. */
export function faults(step: Step, d: Draft, coded = false): Partial<Record<keyof Draft, Fault>> {
  const out: Partial<Record<keyof Draft, Fault>> = {};
  if (step === 0) {
    if (!d.name.trim()) out.name = "missing";
    if (!d.account.trim()) out.account = "missing";
    else if (!/^[a-z0-9][a-z0-9._@-]{1,39}$/i.test(d.account.trim())) out.account = "account_shape";
    const s = strength(d.password, d.account);
    if (!d.password) out.password = "missing";
    else if (!s.long || !s.uncommon || !s.apart) out.password = "password_weak";
    if (d.password !== d.again) out.again = "password_differs";
    if (coded && !d.code.trim()) out.code = "missing";
  }
  if (step === 1 && !d.company.trim()) out.company = "missing";
  return out;
}

export const toSetup = (d: Draft, language: Language): Setup => ({
  account: d.account.trim(),
  name: d.name.trim(),
  password: d.password,
  company: d.company.trim(),
  zone: d.zone,
  language,
  code: d.code.trim(),
});
