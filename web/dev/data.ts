/** A made-up company for looking at screens without a server. Never part of the build. */
import { readFileSync } from "node:fs";

export const TODAY = "2026-11-20";
export const NOW = "2026-11-20T14:30:00+08:00";

interface RawField {
  key: string;
  kind: string;
  label: string;
  options?: { key: string; label: string }[];
  to?: string;
  reverse?: string;
  [more: string]: unknown;
}
export interface RawForm {
  form: string;
  label: string;
  noun: string;
  title: string;
  fields: RawField[];
  [more: string]: unknown;
}
export const RAW = JSON.parse(readFileSync(new URL("./forms.json", import.meta.url), "utf8")) as RawForm[];

export const PEOPLE = [
  { id: 1, name: "林晓棠", account: "lin.xiaotang", roles: [{ key: "csm", label: "客户成功经理" }] },
  { id: 2, name: "周予安", account: "zhou.yuan", roles: [{ key: "administrator", label: "业务管理员" }] },
  { id: 3, name: "许清越", account: "xu.qingyue", roles: [{ key: "csm", label: "客户成功经理" }] },
  { id: 4, name: "蒋文澜", account: "jiang.wenlan", roles: [{ key: "csm", label: "客户成功经理" }] },
  { id: 5, name: "何知远", account: "he.zhiyuan", roles: [{ key: "director", label: "销售总监" }] },
  { id: 6, name: "唐可", account: "tang.ke", roles: [{ key: "sales", label: "销售" }] },
];
export const DEPARTMENTS = [
  { id: 1, name: "华东一组", parent_id: null },
  { id: 2, name: "华东二组", parent_id: null },
  { id: 3, name: "华南组", parent_id: null },
  { id: 4, name: "华北组", parent_id: null },
];

const CITIES = [
  "宁波",
  "合肥",
  "成都",
  "苏州",
  "厦门",
  "佛山",
  "无锡",
  "郑州",
  "天津",
  "武汉",
  "南京",
  "长沙",
  "青岛",
  "杭州",
];
const NAMES = [
  "远汐",
  "星垣",
  "檀屿",
  "栖木",
  "屿岸",
  "岭坊",
  "澄度",
  "中禾",
  "泊原",
  "景珩",
  "砺川",
  "沐岚",
  "禾垄",
  "云汀",
];
const TRADES = [
  "供应链",
  "精测",
  "智能装备",
  "医疗器械",
  "物流",
  "家居",
  "传感技术",
  "冷链",
  "港务服务",
  "光电",
  "检测技术",
];

let seed = 20261120;
export function random(): number {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
}
export const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
export const plus = (day: string, n: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
export const between = (a: string, b: string) =>
  Math.round((Date.parse(`${b}T00:00:00Z`) - Date.parse(`${a}T00:00:00Z`)) / 86_400_000);

export type Cell =
  | string
  | number
  | boolean
  | null
  | { id: number; label?: string | null; name?: string | null }
  | string[];
export type Rec = { id: number; version: number; deleted?: boolean; [key: string]: Cell | undefined };
export const TABLES: Record<string, Rec[]> = {};

const person = (id: number) => ({ id, name: PEOPLE.find((p) => p.id === id)?.name ?? "" });
const option = (form: string, field: string) =>
  RAW.find((f) => f.form === form)
    ?.fields.find((f) => f.key === field)
    ?.options?.map((o) => o.key) ?? [];

export function compute(form: string, r: Rec): Rec {
  if (form === "contract") {
    const status = (r.status as string | null) ?? "pending";
    r.open = status !== "renewed" && status !== "lost";
    r.days_left = r.end_date ? between(TODAY, r.end_date as string) : null;
    r.overdue = Boolean(r.open) && Number(r.days_left) < 0;
    r.due_month = r.end_date ? (r.end_date as string).slice(0, 7) : null;
    r.next_start = r.end_date ? plus(r.end_date as string, 1) : null;
    r.next_end = r.end_date ? plus(r.end_date as string, 365) : null;
    r.term_months = 12;
    r.expected_amount = (r.forecast_amount as string | null) ?? (r.amount as string | null) ?? null;
    r.paid_for_renewal = "0";
  }
  return r;
}

function build() {
  const customers: Rec[] = [];
  for (let i = 0; i < 120; i++) {
    const city = CITIES[i % CITIES.length] as string;
    const name = NAMES[(i * 5 + Math.floor(i / 14)) % NAMES.length] as string;
    customers.push({
      id: i + 1,
      version: 1,
      name: `${city}${name}${TRADES[(i * 7) % TRADES.length]}有限公司`,
      code: `KH-${String(i + 178).padStart(4, "0")}`,
      credit_code: `9135•••••••••••${i % 10}2K`,
      industry: pick(option("customer", "industry")) ?? null,
      size: pick(option("customer", "size")) ?? null,
      tier: pick(option("customer", "tier")) ?? null,
      status: pick(option("customer", "status")) ?? null,
      since: plus("2022-01-10", Math.floor(random() * 1500)),
      csm: person(pick([1, 1, 3, 4])),
      sales: person(6),
      department: { id: 1 + (i % 4), name: DEPARTMENTS[i % 4]?.name ?? "" },
      seats: String(10 + Math.floor(random() * 200)),
      phone: "138****8862",
      address: `${city}市高新区`,
      website: null,
      note: null,
      usage_score: 41 + Math.floor(random() * 58),
      ticket_score: 52 + Math.floor(random() * 48),
      satisfaction_score: 41 + Math.floor(random() * 58),
      contact_score: 61,
      payment_score: 95,
      health_score: 45 + Math.floor(random() * 50),
      open_contracts: 1,
      open_amount: "128000.00",
    });
  }
  TABLES.customer = customers;
  const contracts: Rec[] = [];
  for (let i = 0; i < 612; i++) {
    const c = customers[i % customers.length] as Rec;
    const offset = Math.floor(random() * 520) - 150;
    const end = plus(TODAY, offset);
    const status =
      offset < -5
        ? pick(["renewed", "renewed", "renewed", "lost"])
        : pick(["pending", "pending", "pending", "confirmed"]);
    const amount = `${Math.round((20_000 + random() * 200_000) / 100) * 100}.00`;
    contracts.push(
      compute("contract", {
        id: i + 1,
        version: 1,
        customer: { id: c.id, label: c.name as string },
        number: `HT-${end.slice(0, 4) === "2026" ? 2025 : 2026}-${String(i + 1).padStart(4, "0")}`,
        product_line: pick(option("contract", "product_line")),
        amount,
        renewed_amount: status === "renewed" ? amount : null,
        forecast_amount: null,
        start_date: plus(end, -364),
        end_date: end,
        status: i % 41 === 0 ? null : status,
        renew_mode: pick(["manual", "manual", "manual", "auto"]),
        notice_days: null,
        declined_on: null,
        owner: c.csm as Cell,
        intent: null,
        intent_checked_on: null,
        renewed_on: null,
        lost_on: status === "lost" ? end : null,
        churn_reason: status === "lost" ? pick(option("contract", "churn_reason")) : null,
        predecessor: null,
        archived_on: null,
        note: null,
      }),
    );
  }
  TABLES.contract = contracts;
  for (const form of RAW) {
    if (TABLES[form.form]) continue;
    const rows: Rec[] = [];
    for (let i = 0; i < 60; i++) {
      const r: Rec = { id: i + 1, version: 1 };
      for (const f of form.fields) {
        const c = customers[i % 40] as Rec;
        const k = contracts[i % 40] as Rec;
        if (f.kind === "relation")
          r[f.key] =
            f.to === "customer" ? { id: c.id, label: c.name as string } : { id: k.id, label: k.number as string };
        else if (f.kind === "person") r[f.key] = person(1 + (i % 4));
        else if (f.kind === "money") r[f.key] = `${1000 * (1 + (i % 90))}.00`;
        else if (f.kind === "number") r[f.key] = i % 11;
        else if (f.kind === "date") r[f.key] = plus(TODAY, -i);
        else if (f.kind === "datetime") r[f.key] = `${plus(TODAY, -i)}T10:00:00+08:00`;
        else if (f.kind === "select") r[f.key] = pick((f.options ?? []).map((o) => o.key)) ?? null;
        else if (f.kind === "yes_no") r[f.key] = i % 2 === 0;
        else if (f.kind === "phone") r[f.key] = "138****8862";
        else if (f.kind === "mail") r[f.key] = "qiu@example.com";
        else if (f.kind === "auto_number") r[f.key] = `GD-${1100 + i}`;
        else if (f.kind === "formula") r[f.key] = null;
        else r[f.key] = f.key === "name" ? pick(["邱岚", "傅行之", "沈未", "陆知行"]) : "出库单打印缺行";
      }
      rows.push(r);
    }
    TABLES[form.form] = rows;
  }
}
build();
