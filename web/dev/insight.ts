/** Made-up answers for what the system shows of its own work: cockpit, plan and ledger, mailbox, processes, simulation. */
import { NOW, PEOPLE, plus, type Rec, TABLES, TODAY } from "./data.ts";

const contracts: Rec[] = (TABLES.contract ?? []).slice(0, 60);
const titleOf = (c: Rec) => String(c.number);
const customerOf = (c: Rec) => (c.customer as { label: string }).label;
const at = (day: string, time = "09:00") => `${day}T${time}:00+08:00`;
const month = (offset: number) => {
  const d = new Date(`${TODAY.slice(0, 7)}-01T00:00:00Z`);
  d.setUTCMonth(d.getUTCMonth() + offset);
  return d.toISOString().slice(0, 7);
};

const measure = (key: string, label: string, display: string) => ({
  key,
  label,
  label_en: "",
  aggregate: display === "ratio" ? "ratio" : display === "money" ? "sum" : "count",
  display,
});
const chart = (key: string, label: string, kind: string, span: number, measures: object[], rows: object[]) => ({
  key,
  label,
  label_en: "",
  kind,
  form: "contract",
  span,
  about: "结束日期在这段时间的合同",
  about_en: "",
  by: kind === "metric" ? "" : "due_month",
  by_kind: "text",
  measures,
  rows,
  problem: null,
});
const row = (by: string | null, values: object, running = false) => ({ by, label: by, running, values });
const n = (value: string, rows: number, more = {}) => ({ value, rows, ...more });
const board = () => ({
  key: "cockpit",
  label: "续费驾驶舱",
  label_en: "Renewal cockpit",
  at: NOW,
  charts: [
    chart(
      "expected",
      "应续金额",
      "metric",
      3,
      [measure("a", "金额", "money"), measure("c", "份数", "count")],
      [row(null, { a: n("3862000.00", 64), c: n("64", 64) })],
    ),
    chart(
      "rate",
      "续约成功率",
      "metric",
      3,
      [measure("r", "续费率", "ratio")],
      [row(null, { r: n("0.609375", 64, { over: "39", base: "64" }) })],
    ),
    chart(
      "few",
      "新产品续费率",
      "metric",
      3,
      [measure("r", "续费率", "ratio")],
      [row(null, { r: n("0.5", 2, { over: "1", base: "2" }) })],
    ),
    chart("empty", "没有数据", "metric", 3, [measure("a", "金额", "money")], []),
    chart(
      "both",
      "应续与已完成",
      "bar",
      7,
      [measure("e", "应续", "money"), measure("d", "已完成", "money")],
      Array.from({ length: 12 }, (_, i) =>
        row(
          month(i - 6),
          {
            e: n(String(900000 + i * 130000), 20),
            d: n(i < 6 ? String(880000 + i * 90000) : i === 6 ? "800000" : "0", 18),
          },
          i === 6,
        ),
      ),
    ),
    chart(
      "line",
      "月度续费率",
      "line",
      5,
      [measure("r", "续费率", "ratio")],
      Array.from({ length: 12 }, (_, i) =>
        row(month(i - 11), { r: n(String(0.78 + ((i * 7) % 10) / 100), 30) }, i === 11),
      ),
    ),
    {
      ...chart("broken", "流失原因", "pie", 4, [measure("c", "份数", "count")], []),
      problem: "你没有「流失原因」的查看权限",
    },
    chart(
      "pie",
      "流失原因",
      "pie",
      4,
      [measure("c", "份数", "count")],
      ["价格", "竞品", "预算取消", "服务", "停业", "合并", "其他原因"].map((x, i) =>
        row(x, { c: n(String(21 - i * 3), 21 - i * 3) }),
      ),
    ),
    chart(
      "teams",
      "团队业绩",
      "bar",
      4,
      [measure("d", "已续金额", "money")],
      ["华东一组", "华东二组", "华南组", "华北组"].map((x, i) => row(x, { d: n(String(786000 - i * 90000), 12) })),
    ),
  ],
});

const STEPS = ["到期前 90 天", "等到到期前 60 天", "等到到期前 45 天", "等到到期前 15 天"];
const occurrence = (i: number, day: string) => {
  const c = contracts[i % contracts.length] as Rec;
  return {
    due_at: at(day),
    kind: i % 4 === 0 ? "start" : "wait",
    process: "renewal",
    key: `k${i % 4}`,
    label: STEPS[i % 4],
    label_en: null,
    form: "contract",
    record_id: c.id,
    basis: c.end_date,
    record_title: titleOf(c),
  };
};
const OUTCOMES = ["fired", "fired", "late", "fired", "skipped", "fired", "held", "skipped"] as const;
const ledger = Array.from({ length: 60 }, (_, i) => {
  const outcome = OUTCOMES[i % OUTCOMES.length];
  const day = plus(TODAY, -Math.floor(i / 8));
  return {
    ...occurrence(i, day),
    id: 1000 - i,
    decided_at: at(outcome === "late" ? plus(day, 2) : day, "09:01"),
    outcome,
    reason: outcome === "skipped" ? (i % 8 === 4 ? "condition" : "too_late") : null,
    held_at: outcome === "held" ? at(day) : null,
    instance_id: i,
    late_s: outcome === "late" ? 2 * 86_400 : 0,
  };
});
const proof = (gap: boolean) => {
  const of = (x: string) => ledger.filter((l) => l.outcome === x).length;
  const reasons = {
    condition: ledger.filter((l) => l.reason === "condition").length,
    too_late: ledger.filter((l) => l.reason === "too_late").length,
  };
  const missing = gap ? 2 : 0;
  const sums = { fired: of("fired"), late: of("late"), skipped: of("skipped"), held: of("held"), missing };
  return { at: NOW, owed: Object.values(sums).reduce((a, b) => a + b), ...sums, uncovered: 3, reasons };
};

const STATES = [
  "queued",
  "queued",
  "uncertain",
  "failed",
  "sent",
  "sent",
  "merged",
  "unaddressed",
  "cancelled",
  "expired",
];
const messages = contracts.slice(0, 40).map((c, i) => {
  const state = STATES[i % STATES.length] as string;
  return {
    id: 500 - i,
    channel: "mail",
    template: "intent",
    template_label: "续费意向征询（T-60）",
    form: "contract",
    record_id: c.id,
    instance_id: i,
    node: "intent_mail",
    name: state === "unaddressed" ? null : "贺知秋",
    address: state === "unaddressed" ? null : "he@example.com",
    subject: `关于「${customerOf(c)}」合同续约意向的征询`,
    state,
    why:
      {
        uncertain: "interrupted",
        failed: "gave_up",
        unaddressed: "no_contact",
        cancelled: "finished",
        expired: "too_late",
      }[state] ?? null,
    held: state === "queued",
    outward: true,
    decided_at: at(plus(TODAY, -i)),
    due_at: at(plus(TODAY, -i)),
    settled_at: state === "queued" ? null : at(plus(TODAY, -i), "09:02"),
    not_after: at(plus(TODAY, 7 - i)),
    tries: 1,
    repeats: 0,
    merged_into: state === "merged" ? 501 - i : null,
  };
});
const TAB: Record<string, (m: (typeof messages)[number]) => boolean> = {
  all: () => true,
  held: (m) => m.held,
  queued: (m) => m.state === "queued",
  uncertain: (m) => m.state === "uncertain",
  failed: (m) => m.state === "failed" || m.state === "unaddressed",
  sent: (m) => m.state === "sent" || m.state === "merged",
  cancelled: (m) => m.state === "cancelled" || m.state === "expired",
};
let released = false;

const node = (
  key: string,
  kind: string,
  label: string,
  targets: string[],
  here: number,
  median: number,
  spec = {},
) => ({
  key,
  kind,
  label,
  label_en: null,
  spec: { key, kind, label, ...spec },
  targets,
  here,
  held: 0,
  stuck: key === "collect" ? 1 : 0,
  passed: 120,
  median_s: median,
});
const NODES = [
  node("lines", "parallel", "三条线", ["follow_up", "wait", "end_wait"], 0, 0),
  node("follow_up", "task", "续费跟进", [], 9, 276_480, {
    who: { field: "owner" },
    due_workdays: 5,
    fill: ["intent!"],
  }),
  node("wait", "wait", "等到到期前 60 天", ["mail"], 6, 2_592_000, { until: "end_date - 60", at: "09:00" }),
  node("mail", "notify", "续费意向邮件", [], 0, 0, {
    to: { audience: "renewal_contacts" },
    when: 'status = "pending"',
  }),
  node("end_wait", "wait", "等到到期后一天", ["confirm"], 31, 7_776_000, { until: "end_date + 1", at: "09:00" }),
  node("confirm", "task", "到期确认", ["collect", "end_wait"], 4, 400_000, {
    who: { head_of: "owner" },
    due_workdays: 3,
  }),
  node("collect", "update", "记为已续费", [], 0, 0, { set: { status: '"renewed"' } }),
];

const weeks = Array.from({ length: 26 }, (_, i) => plus("2026-11-16", i * 7));
const simulation = {
  id: 1,
  state: "done",
  people: "median",
  until_on: plus(TODAY, 180),
  asked_at: NOW,
  asked_by: "周予安",
  copied_at: NOW,
  reached_on: plus(TODAY, 180),
  seconds: 38,
  problem: null,
  figures: { tasks: 512, done: 490, mails: 219, notices: 44, unaddressed: 3, started: 301 },
  habits: [
    { form: "contract", key: "follow_up", label: "续费跟进", days: 2.1, outcome: null, seen: 318 },
    { form: "contract", key: "expired", label: "到期确认", days: 5, outcome: "renewed", seen: 3 },
  ],
  load: PEOPLE.map((p, k) => ({
    id: p.id,
    name: p.name,
    department: "华东一组",
    capacity: k === 3 ? null : 6,
    weeks: Object.fromEntries(
      weeks
        .map((w, i) => [w, (i * (k + 3)) % 10])
        .filter(([, c]) => Number(c) > 0)
        .map(([w, c]) => [w, { count: c, kinds: { 续费跟进: c } }]),
    ),
  })),
  weeks: weeks.map((week, i) => ({ week, tasks: 12 + ((i * 5) % 17), mails: (i * 7) % 23, notices: i % 3 })),
};

export function insight(method: string, path: string, url: URL): { value: unknown } | undefined {
  const ask = url.searchParams;
  const found = (value: unknown) => ({ value });
  if (path === "/dashboards") return found([{ key: "cockpit", label: "续费驾驶舱", label_en: "Renewal cockpit" }]);
  if (path === "/dashboards/cockpit") return found(board());
  if (path === "/dashboards/cockpit/drill") return found({ form: "contract", filter: 'status = "pending"' });
  if (path === "/proof") return found(proof(ask.get("days") === "7"));
  if (path === "/ledger")
    return found(
      ledger.filter(
        (l) =>
          (!ask.get("outcome") || l.outcome === ask.get("outcome")) &&
          (!ask.get("reason") || l.reason === ask.get("reason")),
      ),
    );
  if (path === "/plan")
    return found(
      Array.from({ length: 40 }, (_, i) => ({
        ...occurrence(i, plus(TODAY, Math.floor(i / 5))),
        certain: i % 3 !== 0,
        held: i % 11 === 5,
        wanted: i % 6 !== 4,
      })),
    );
  if (path === "/uncovered")
    return found(
      contracts.slice(0, 3).map((c, i) => ({
        process: "renewal",
        form: "contract",
        record_id: c.id,
        record_title: titleOf(c),
        basis: c.end_date,
        reason: ["import", "hold", "客户要求暂不联系"][i],
        by: i === 1 ? null : { label: "周予安" },
        at: NOW,
      })),
    );
  if (path === "/doctor")
    return found([
      { check: "missed_occurrence", count: 0, ok: true, alarm: true, examples: [] },
      { check: "task_without_person", count: 1, ok: false, alarm: true, examples: [{ task_id: 7, record_id: 3 }] },
      { check: "stuck", count: 1, ok: true, alarm: false, examples: [{ token_id: 4, code: "division" }] },
    ]);
  if (path === "/processes")
    return found([
      {
        key: "renewal",
        form: "contract",
        version: 12,
        published_at: NOW,
        label: "续费跟进",
        label_en: "Renewal",
        about: "手动确认的合同，到期前 90 天开始",
        open: 50,
        stuck: 1,
      },
    ]);
  if (path === "/processes/renewal")
    return found({
      key: "renewal",
      label: "续费跟进",
      label_en: "Renewal",
      about: "",
      form: "contract",
      version: 12,
      first: "lines",
      nodes: NODES,
      open: 50,
      edges: NODES.flatMap((x) =>
        x.targets.map((to, i) => ({
          from: x.key,
          to,
          label: x.key === "confirm" ? (["已续费", "延期"][i] ?? "") : "",
        })),
      ),
      start: [{ key: "t90", kind: "date", label: "到期前 90 天", date: "end_date", days: -90, at: "09:00" }],
    });
  if (path === "/messages") {
    const rows = messages
      .filter(TAB[ask.get("tab") ?? "all"] ?? (() => true))
      .filter((m) => !ask.get("record_id") || m.record_id === Number(ask.get("record_id")));
    return found({
      rows,
      counts: Object.fromEntries(Object.entries(TAB).map(([k, f]) => [k, messages.filter(f).length])),
    });
  }
  const one = /^\/messages\/(\d+)(\/resolve)?$/.exec(path);
  if (one) {
    const m = messages.find((x) => x.id === Number(one[1]));
    if (method === "POST") return found(undefined);
    const attempts =
      m && ["sent", "uncertain", "failed"].includes(m.state)
        ? [
            {
              started_at: m.due_at,
              ended_at: null,
              outcome: m.state === "sent" ? "sent" : m.state === "failed" ? "permanent" : "uncertain",
              detail: m.state === "failed" ? "550 no such user" : null,
            },
          ]
        : [];
    return found({
      ...m,
      body: `${m?.name ?? "—"}，您好：\n\n贵公司以下合同将在约两个月后到期，想了解您的续约意向。`,
      try_at: m?.due_at,
      captured: { number: "HT-2026-0117", "owner.name": null },
      attempts,
    });
  }
  if (path === "/channels")
    return found([
      {
        key: "mail",
        outward: true,
        released,
        released_at: released ? NOW : null,
        released_by: "周予安",
        problem: released ? null : "421 稍后再试",
        problem_at: NOW,
        waiting: 8,
        sent_today: 9,
        failed: 4,
        uncertain: 4,
      },
      {
        key: "in_app",
        outward: false,
        released: true,
        released_at: null,
        released_by: null,
        problem: null,
        problem_at: null,
        waiting: 0,
        sent_today: 3,
        failed: 0,
        uncertain: 0,
      },
    ]);
  if (path === "/channels/mail/release") {
    if (method === "POST") released = true;
    return found({ waiting: 86, expired: 4, merged: 3, leaving: 77, later: 2, unaddressed: 2 });
  }
  if (path === "/channels/mail/recall") {
    released = false;
    return found(undefined);
  }
  if (path === "/notices")
    return found({
      unread: 2,
      rows: contracts.slice(0, 6).map((c, i) => ({
        id: 60 - i,
        form: "contract",
        record_id: c.id,
        subject: `${titleOf(c)} 临近到期仍未确认`,
        decided_at: at(plus(TODAY, -i)),
        read_at: i < 2 ? null : NOW,
      })),
    });
  if (path === "/notices/read") return found(undefined);
  if (path === "/simulations") return found(method === "POST" ? { id: 1 } : [simulation]);
  if (/^\/simulations\/2$/.test(path))
    return found({ ...simulation, id: 2, state: "running", reached_on: plus(TODAY, 70) });
  if (/^\/simulations\/\d+$/.test(path)) return found(simulation);
  if (/^\/simulations\/\d+\/entries$/.test(path))
    return found(
      contracts.slice(0, 8).map((c, i) => ({
        at: at(plus(TODAY, i * 9)),
        kind: (["task", "message", "renewed"] as const)[i % 3],
        label: STEPS[i % 4],
        person_id: 1,
        name: "周予安",
        channel: null,
        form: "contract",
        record_id: i === 4 ? null : c.id,
        record: titleOf(c),
      })),
    );
  return undefined;
}
