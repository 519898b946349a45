import { type Cell, NOW, plus, type Rec, TABLES, TODAY } from "./data.ts";

const TITLES: [string, string, number, number][] = [
  ["确认续费意向", "high", -3, 3],
  ["补齐年审资料：营业执照副本", "normal", -1, 1],
  ["客户仍未答复，请电话跟进", "high", 0, 0],
  ["健康度连续两周低于 60，安排回访", "high", 0, 0],
  ["核对续费报价并提交审批", "normal", 0, 0],
  ["续费跟进：首次联系", "normal", 0, 0],
  ["回复客户关于付款方式的问题", "normal", 0, 0],
  ["更新关键联系人", "low", 0, 0],
  ["寄送续费合同盖章件", "normal", 3, 0],
  ["续费跟进", "normal", 4, 0],
  ["续费跟进", "normal", 5, 0],
  ["催款", "high", 12, 0],
  ["续费跟进", "normal", 20, 0],
];
const contracts = (TABLES.contract ?? [])
  .filter((c) => c.open && Number(c.days_left) >= 5 && Number(c.days_left) <= 95)
  .sort((a, b) => Number(a.days_left) - Number(b.days_left));
const TASKS = TITLES.map(([title, priority, due, late], i) => {
  const c = contracts[(i * 4) % contracts.length] as Rec;
  const follow = title.startsWith("续费跟进");
  return {
    id: i + 1,
    title,
    label: title,
    label_en: null,
    kind: "follow_up",
    form: "contract",
    record_id: c.id,
    instance_id: i + 1,
    assignee_id: 2,
    assignee: "周予安",
    candidates: null,
    found_by: i === 2 ? "owner" : "named",
    state: "open",
    why: null,
    priority: priority === "high" ? 1 : priority === "low" ? -1 : 0,
    opened_at: NOW,
    due_at: `${plus(TODAY, due)}T18:00:00+08:00`,
    outcome: null as string | null,
    finished_at: null as string | null,
    finished_by: null,
    fill: follow ? [{ field: "intent", required: true }] : [],
    outcomes:
      title === "催款"
        ? [
            { key: "paid", label: "已到款", fill: [] },
            { key: "wait", label: "继续等", fill: [{ field: "note", required: true }] },
          ]
        : [],
    proposal: null,
    record_title: c.number as string,
    customer: (c.customer as { label: string }).label,
    amount: i === 1 || i === 3 || i === 7 ? null : (c.amount as string),
    end_date: i === 3 || i === 7 ? null : (c.end_date as string),
    late_workdays: late,
    values: { intent: c.intent ?? null } as Record<string, Cell>,
  };
});

export function workbench(
  method: string,
  path: string,
  url: URL,
  body: Record<string, unknown>,
): { value: unknown } | undefined {
  const sum = (rows: Rec[]) => rows.reduce((n, r) => n + Number(r.amount ?? 0), 0).toFixed(2);
  if (path === "/workbench") {
    const all = TABLES.contract ?? [];
    const weeks = Array.from({ length: 12 }, (_, i) => {
      const from = plus("2026-11-23", i * 7);
      const rows = all.filter((c) => c.open && String(c.end_date) >= from && String(c.end_date) < plus(from, 7));
      return {
        from,
        amount: sum(rows),
        count: rows.length,
        filter: `AND(open, end_date >= DATE(${from.split("-").map(Number).join(",")}), end_date < DATE(${plus(from, 7).split("-").map(Number).join(",")}))`,
      };
    });
    return {
      value: {
        workdays_left: 6,
        weeks,
        done: [
          { key: "mail", label: "发出续费提醒邮件", count: 4, noun: "封" },
          { key: "task", label: "新建续费跟进任务", count: 2, noun: "项" },
          { key: "cancel", label: "客户已确认，取消后续提醒", count: 3, noun: "条" },
          { key: "renew", label: "续费完成，归档并生成新合同", count: 1, noun: "份" },
        ],
        proof: { at: NOW, planned: 10, missing: 0 },
      },
    };
  }
  if (path === "/tasks") {
    const record = url.searchParams.get("record_id");
    const view = url.searchParams.get("view");
    return {
      value: TASKS.filter(
        (t) =>
          (record ? t.record_id === Number(record) && t.form === url.searchParams.get("form") : true) &&
          (view === "done" ? t.state === "done" : t.state === "open"),
      ),
    };
  }
  const m = /^\/tasks\/(\d+)\/(finish|transfer|take)$/.exec(path);
  if (m && method === "POST") {
    const task = TASKS.find((t) => t.id === Number(m[1]));
    if (task) {
      task.state = "done";
      task.outcome = (body.outcome as string | null) ?? "done";
      task.finished_at = NOW;
    }
    if (task && body.values) Object.assign(task.values, body.values);
    return { value: undefined };
  }
  if (path === "/notices") return { value: [] };
  if (path === "/messages") return { value: [] };
  if (path === "/dashboards") return { value: [{ key: "renewal", label: "续费驾驶舱" }] };
  return undefined;
}
