/** One made-up import in every state, for looking at the wizard. */
const COLUMNS: [string, string[], string][] = [
  ["合同编号", ["HT-2026-0208", "HT-2026-0214", "HT-2026-0233"], "text"],
  ["客户名称", ["无锡澄度传感技术有限公司", "长沙沐岚环境工程有限公司", "天津泊原港务服务有限公司"], "text"],
  ["联系电话", ["138****8862", "139****0041", "136****7720"], "text"],
  ["合同金额", ["121600", "12万", "￥45,800.00"], "number"],
  ["开始日期", ["2026-03-01", "2026/1/9", "46023"], "date"],
  ["结束日期", ["2027-02-28", "2026.13.5", "2026-02-30"], "date"],
  ["续费状态", ["待续费", "待续", "续费中"], "text"],
  ["负责人", ["周予安", "唐可", "林晓棠"], "text"],
  ["备注", ["", "老客户", ""], "text"],
];
const one = {
  id: 1,
  form: "contract",
  state: "mapping",
  file_name: "2026年续费台账_华东.xlsx",
  options: {},
  about: {
    kind: "xlsx",
    sheets: [
      { name: "合同", hidden: false },
      { name: "说明", hidden: false },
    ],
    sheet: "合同",
    header_row: 1,
    rows: 1284,
    encoding: null,
    delimiter: null,
    notes: {},
    columns: COLUMNS.map(([name, samples, kind], i) => ({
      position: i + 1,
      name,
      titled: true,
      samples,
      kinds: { [kind]: 1284 },
    })),
  },
  mapping: {
    targets: [
      {
        form: "customer",
        key: ["name"],
        mode: "upsert",
        fields: [
          { field: "name", column: "客户名称" },
          { field: "phone", column: "联系电话" },
        ],
        sure: { name: 1, phone: 0.7 },
      },
      {
        form: "contract",
        key: ["number"],
        mode: "upsert",
        fields: [
          { field: "customer", from: "customer" },
          { field: "number", column: "合同编号" },
          { field: "amount", column: "合同金额" },
          { field: "start_date", column: "开始日期" },
          { field: "end_date", column: "结束日期" },
          { field: "status", column: "续费状态" },
          { field: "owner", column: "负责人" },
        ],
        sure: { customer: 1, number: 1, amount: 1, start_date: 0.85, end_date: 0.85, status: 1, owner: 0.7 },
      },
    ],
    date_order: {},
  },
  checked: null as unknown,
  result: null as unknown,
  undone: null as unknown,
  answer: "tasks",
  skip_errors: false,
  error: null,
  created_at: "2026-11-20T14:02:00+08:00",
  created_label: "周予安",
  finished_at: null as string | null,
  unmapped: ["备注"],
  progress: null as unknown,
  imported_before: null,
};
const problem = (
  severity: string,
  code: string,
  field: string | null,
  position: number | null,
  rows: number,
  samples: string[],
) => ({
  severity,
  code: `imports.${code}`,
  form: "contract",
  field,
  position,
  count: rows,
  rows,
  samples,
  first: 38,
  facts: {},
});
const report = () => ({
  rows: 1284,
  good: 1275,
  bad: 9,
  skipped: 0,
  main: "contract",
  key: ["number"],
  seconds: 1.8,
  sums: { amount: "48216530.00" },
  targets: [
    { form: "customer", label: "客户", main: false, created: 18, updated: 3, unchanged: 380 },
    { form: "contract", label: "续费合同", main: true, created: 842, updated: 411, unchanged: 22 },
  ],
  problems: [
    problem("error", "not_a_date", "end_date", 6, 4, ["2026.13.5", "2026-02-30"]),
    problem("error", "no_such_option", "status", 7, 3, ["待续", "续费中"]),
    problem("error", "not_an_amount", "amount", 4, 1, ["面议"]),
    problem("error", "same_key", "number", 1, 1, ["HT-2026-0117"]),
    problem("hint", "will_create", "customer", 2, 21, ["芜湖沅木装备"]),
    problem("hint", "unit_applied", "amount", 4, 4, ["12万"]),
  ],
});
const ROWS = [38, 52, 77, 103, 118, 240, 366, 471, 902].map((row, i) => {
  const field = [5, 6, 6, 5, 0, 6, 5, 5, 3][i] as number;
  const bad = ["2026.13.5", "续费中", "待续", "2026-02-30", "HT-2026-0117", "待续", "2026-02-30", "0000-00-00", "面议"][
    i
  ] as string;
  const cells = Object.fromEntries(
    COLUMNS.map(([name, samples], c) => [name, c === field ? bad : (samples[i % 3] ?? "")]),
  );
  const name = COLUMNS[field]?.[0] as string;
  return {
    row,
    skip: false,
    cells,
    problems: [
      {
        severity: "error",
        code: "imports.not_a_date",
        field: null,
        column: name,
        value: bad,
        text: `第 ${row} 行 ${name}：「${bad}」填得不对`,
      },
    ],
  };
});

export function imports(method: string, path: string, body: Record<string, unknown>): { value: unknown } | undefined {
  if (!path.startsWith("/imports")) return undefined;
  if (path === "/imports") return { value: method === "POST" ? { id: 1 } : [one] };
  const act = path.split("/")[3];
  if (!act && method === "GET") {
    if (one.state === "running") {
      const p = one.progress as { step: number; rows: number };
      p.rows += 160;
      if (p.rows > 1284) {
        p.rows = 0;
        p.step += 1;
      }
      if (p.step > 2) Object.assign(one, { state: "done", result: report(), finished_at: "2026-11-20T14:30:00+08:00" });
    }
    return { value: one };
  }
  if (act === "mapping") Object.assign(one, { mapping: body, state: "mapping", checked: null });
  if (act === "dry-run") Object.assign(one, { checked: report(), state: "checked" });
  if (act === "effects")
    return {
      value: {
        contract: [
          {
            process: "renewal",
            node: "follow_up",
            kind: "task",
            label: "续费跟进",
            label_en: null,
            outward: false,
            count: 86,
          },
          {
            process: "renewal",
            node: "intent",
            kind: "notify",
            label: "征询意向邮件",
            label_en: null,
            outward: true,
            count: 31,
          },
        ],
      },
    };
  if (act === "rows") return { value: ROWS };
  if (act === "fix" || act === "skip") {
    one.state = "mapping";
    return { value: { count: 1 } };
  }
  if (act === "run")
    Object.assign(one, {
      state: "running",
      answer: body.answer,
      progress: { step: 1, steps: 3, label: "write:contract", rows: 0, total: 1284 },
    });
  if (act === "undo")
    Object.assign(one, {
      state: "undone",
      undone: {
        targets: [{ form: "contract", label: "续费合同", removed: 842, restored: 411 }],
        kept: [{ form: "contract", id: 4, label: "HT-2026-0004", why: "changed" }],
        kept_count: 1,
      },
    });
  return { value: undefined };
}
