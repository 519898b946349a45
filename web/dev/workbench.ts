import { type Cell, NOW, plus, type Rec, TABLES, TODAY } from "./data.ts";

interface Task {
  id: number;
  title: string;
  form: string;
  record_id: number;
  record_label: string | null;
  customer: string | null;
  amount: string | null;
  end_date: string | null;
  priority: "high" | "normal" | "low";
  due_on: string;
  late_workdays: number;
  bucket: string;
  state: string;
  assignee: { id: number; name: string };
  assigned_by: string | null;
  fields: { key: string; required: boolean }[];
  values: Record<string, Cell>;
}
const TITLES: [string, Task["priority"], number, number][] = [
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
const TASKS: Task[] = TITLES.map(([title, priority, due, late], i) => {
  const c = contracts[(i * 4) % contracts.length] as Rec;
  return {
    id: i + 1,
    title,
    form: "contract",
    record_id: c.id,
    record_label: c.number as string,
    customer: (c.customer as { label: string }).label,
    amount: i === 1 || i === 3 || i === 7 ? null : (c.amount as string),
    end_date: i === 3 || i === 7 ? null : (c.end_date as string),
    priority,
    due_on: plus(TODAY, due),
    late_workdays: late,
    bucket: due < 0 ? "overdue" : due === 0 ? "today" : due < 8 ? "week" : "later",
    state: "open",
    assignee: { id: 1, name: "林晓棠" },
    assigned_by: i === 2 ? "负责人停用，按客户负责人分派" : null,
    fields: title.startsWith("续费跟进")
      ? [
          { key: "intent", required: true },
          { key: "note", required: false },
        ]
      : [],
    values: { intent: c.intent ?? null, note: null },
  };
});

export function workbench(
  method: string,
  path: string,
  url: URL,
  body: Record<string, unknown>,
): { value: unknown } | undefined {
  const open = TASKS.filter((t) => t.state === "open");
  const sum = (rows: Rec[]) => rows.reduce((n, r) => n + Number(r.amount ?? 0), 0).toFixed(2);
  if (path === "/workbench") {
    const all = TABLES.contract ?? [];
    const month = all.filter((c) => c.due_month === TODAY.slice(0, 7));
    const soon = all.filter((c) => c.open && Number(c.days_left) >= 0 && Number(c.days_left) <= 60);
    const risk = (TABLES.customer ?? []).filter((c) => Number(c.health_score) < 50);
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
        tiles: [
          {
            key: "today",
            count: open.filter((t) => t.bucket === "today").length,
            facts: { high: open.filter((t) => t.bucket === "today" && t.priority === "high").length },
          },
          { key: "overdue", count: open.filter((t) => t.bucket === "overdue").length, facts: { most: 3 } },
          {
            key: "due_month",
            count: month.length,
            amount: sum(month),
            facts: {
              renewed: month.filter((c) => c.status === "renewed").length,
              renewed_amount: sum(month.filter((c) => c.status === "renewed")),
              open: month.filter((c) => c.open).length,
              lost: month.filter((c) => c.status === "lost").length,
            },
            form: "contract",
            filter: 'due_month = "2026-11"',
          },
          {
            key: "soon",
            count: soon.length,
            amount: sum(soon),
            form: "contract",
            filter: "AND(open, end_date >= TODAY(), end_date <= TODAY() + 60)",
          },
          { key: "risk", count: risk.length, form: "customer", filter: "health_score < 50" },
        ],
        tasks: open,
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
  const m = /^\/tasks\/(\d+)\/(finish|transfer|reopen)$/.exec(path);
  if (m && method === "POST") {
    const task = TASKS.find((t) => t.id === Number(m[1]));
    if (task) task.state = m[2] === "reopen" ? "open" : "done";
    if (task && body.values) Object.assign(task.values, body.values);
    return { value: undefined };
  }
  if (path === "/notices") return { value: [] };
  if (path === "/messages") return { value: [] };
  if (path === "/dashboards") return { value: [{ key: "renewal", label: "续费驾驶舱" }] };
  return undefined;
}
