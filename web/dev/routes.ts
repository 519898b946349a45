import { type Cell, compute, DEPARTMENTS, NOW, PEOPLE, RAW, type Rec, TABLES, TODAY } from "./data.ts";
import { compare, evaluate, parse, type Tree } from "./formula.ts";
import { imports } from "./imports.ts";
import { insight } from "./insight.ts";
import { workbench } from "./workbench.ts";

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly error: { code: string; text: string; path?: string; facts: Record<string, unknown> },
  ) {
    super(error.text);
  }
}
const missing = () => new Refused(404, { code: "records.missing", text: "找不到这份记录", facts: {} });

let loggedIn = true;
let ready = true;
let attempts = 5;
let who = 2;

interface Ask {
  filter?: string | null;
  search?: string | null;
  sort?: { field: string; descending: boolean }[];
  after?: string | null;
  limit?: number;
  sums?: string[];
  values?: Record<string, Cell>;
  version?: number;
  form?: string;
  text?: string;
  account?: string;
  password?: string;
}

const guess = (key: string) =>
  key === "open" || key === "overdue"
    ? "yes_no"
    : key.startsWith("next_")
      ? "date"
      : key === "due_month"
        ? "text"
        : "number";
const forms = () =>
  RAW.map((f) => ({
    ...f,
    key: f.form,
    fields: f.fields.map((x) => ({
      ...x,
      type: x.kind === "formula" ? (x.type ?? guess(x.key)) : x.kind,
      grant: x.kind === "formula" ? "read" : x.key === "credit_code" ? "masked" : "write",
      fill_in: x.kind !== "formula" && x.key !== "credit_code",
    })),
    may: ["create", "update", "delete"],
    collections: RAW.flatMap((other) =>
      other.fields
        .filter((x) => x.kind === "relation" && x.to === f.form)
        .map((x) => ({ key: x.reverse, form: other.form, field: x.key, label: other.label, label_en: other.label_en })),
    ),
  }));

function select(form: string, ask: Ask): Rec[] {
  let rows = (TABLES[form] ?? []).filter((r) => !r.deleted);
  if (ask.filter) {
    let tree: Tree;
    try {
      tree = parse(ask.filter);
    } catch (bad) {
      throw new Refused(422, { code: "formula.syntax", text: (bad as Error).message, path: "filter", facts: {} });
    }
    rows = rows.filter((r) => evaluate(tree, r) === true);
  }
  if (ask.search) {
    const needle = ask.search;
    rows = rows.filter((r) => Object.values(r).some((v) => String(plainOf(v)).includes(needle)));
  }
  return rows;
}

function page(form: string, ask: Ask) {
  const rows = select(form, ask).slice();
  for (const s of [...(ask.sort ?? [])].reverse()) {
    rows.sort((a, b) => {
      const c = compare(a[s.field], b[s.field]);
      if (c === null) return plainOf(a[s.field]) === null ? 1 : -1;
      return s.descending ? -c : c;
    });
  }
  const start = Number(ask.after ?? 0);
  const limit = ask.limit ?? 50;
  return { rows: rows.slice(start, start + limit), next: start + limit < rows.length ? String(start + limit) : null };
}
const plainOf = (v: Cell | undefined) => {
  if (v === null || v === undefined) return null;
  if (typeof v !== "object") return v;
  return Array.isArray(v) ? v.join() : (v.label ?? v.name ?? null);
};

const one = (form: string, id: string): Rec => {
  const found = (TABLES[form] ?? []).find((r) => r.id === Number(id) && !r.deleted);
  if (!found) throw missing();
  return found;
};
const valuesOf = (r: Rec) => Object.fromEntries(Object.entries(r).filter(([k]) => k !== "id" && k !== "version"));

function check(form: string, draft: Record<string, Cell>): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const f of RAW.find((x) => x.form === form)?.fields ?? []) {
    const v = draft[f.key];
    if (f.required && (v === null || v === undefined || v === "")) errors[f.key] = `请填写${f.label}`;
    if ((f.kind === "money" || f.kind === "number") && v && !/^-?[\d.,]+(万)?$/.test(String(v)))
      errors[f.key] = `「${v}」不是${f.kind === "money" ? "金额" : "数字"}，请填数字，例如 120000 或 12万`;
  }
  if (draft.start_date && draft.end_date && String(draft.end_date) < String(draft.start_date))
    errors.end_date = `结束日期不能早于开始日期 ${draft.start_date}`;
  return errors;
}

const log = new Map<string, unknown[]>();
const note = (form: string, id: number, entry: object) => {
  const key = `${form}.${id}`;
  log.set(key, [
    { id: Date.now(), at: NOW, kind: "person", actor: "林晓棠", actor_id: 1, reason: null, cause: {}, ...entry },
    ...(log.get(key) ?? []),
  ]);
};

export function handle(method: string, url: URL, body: unknown): unknown {
  const ask = body as Ask;
  const path = url.pathname;
  const at = (pattern: RegExp) => pattern.exec(path)?.slice(1) as string[] | undefined;
  let m: string[] | undefined;

  if (path === "/state") return { first_start: !ready, demo: true, name: "禾泽软件", clock: "manual", today: TODAY };
  if (path === "/login") {
    if (ask.password !== "demo") {
      attempts -= 1;
      if (attempts <= 0)
        throw new Refused(429, {
          code: "people.throttled",
          text: "尝试次数过多，请 10 分钟后再试",
          facts: { minutes: 10 },
        });
      throw new Refused(422, {
        code: "people.wrong_password",
        text: `账号或密码不对，还可以再试 ${attempts} 次`,
        path: "password",
        facts: { left: attempts },
      });
    }
    who = PEOPLE.find((p) => p.account === ask.account)?.id ?? 1;
    loggedIn = true;
    attempts = 5;
    return undefined;
  }
  if (path === "/demo-login" || path === "/setup") {
    loggedIn = true;
    ready = true;
    return undefined;
  }
  if (path === "/logout") {
    loggedIn = false;
    return undefined;
  }
  if (path === "/mock/empty") {
    ready = false;
    loggedIn = false;
    return undefined;
  }
  if (path === "/mock/who") {
    who = Number(url.searchParams.get("id"));
    return undefined;
  }
  if (!loggedIn) throw new Refused(401, { code: "people.not_logged_in", text: "请先登录", facts: {} });
  if (path === "/me") {
    const me = PEOPLE.find((p) => p.id === who);
    return {
      ...me,
      mail: null,
      language: "zh",
      theme: "system",
      department_id: 1,
      department: "华东一组",
      may: who === 2 ? ["design", "import", "release", "people"] : [],
      menu: [],
      landing: null,
      csrf: "x",
      workspace: { name: "禾泽软件", kind: "demo", zone: "Asia/Shanghai", clock: "manual", now: NOW, today: TODAY },
    };
  }
  if (path === "/forms") return forms();
  if (path === "/people") return PEOPLE;
  if (path === "/search") {
    const needle = url.searchParams.get("text") ?? "";
    const hits = Object.keys(TABLES).flatMap((form) => select(form, { search: needle }).map((r) => ({ form, r })));
    return hits.slice(0, 20).map(({ form, r }) => {
      const title = String(plainOf(r[RAW.find((f) => f.form === form)?.title ?? ""]) ?? r.id);
      return { form, id: r.id, title, field: null, value: null, subject: null };
    });
  }
  if (path === "/database") return { size: 0, tables: [], indexes: [], questions: [], most: 6, least_rows: 10_000 };
  if (path === "/departments") return DEPARTMENTS;
  if (path === "/formula/operators") return {};
  if (path === "/formula/tree") return { text_only: true, text: ask.text, tree: null };
  m = at(/^\/forms\/(\w+)\/page$/);
  if (m) return page(m[0] as string, ask);
  m = at(/^\/forms\/(\w+)\/count$/);
  if (m) {
    const rows = select(m[0] as string, ask);
    const sums = Object.fromEntries(
      (ask.sums ?? []).map((k) => [
        k,
        (rows.reduce((n, r) => n + Math.round(Number(r[k] ?? 0) * 100), 0) / 100).toFixed(2),
      ]),
    );
    return { count: rows.length, sums };
  }
  m = at(/^\/forms\/(\w+)\/preview$/);
  if (m) {
    const draft = { ...(ask.values ?? {}) };
    const all = compute(m[0] as string, { id: 0, version: 0, ...draft });
    const computed = RAW.find((f) => f.form === m?.[0])
      ?.fields.filter((f) => f.kind === "formula")
      .map((f) => [f.key, all[f.key] ?? null]);
    const errors = Object.entries(check(m[0] as string, draft)).map(([path, text]) => ({
      path,
      code: "mock",
      text,
      facts: {},
    }));
    return { computed: Object.fromEntries(computed ?? []), defaults: {}, errors };
  }
  m = at(/^\/forms\/(\w+)$/);
  if (m && method === "POST") {
    const form = m[0] as string;
    const errors = check(form, ask.values ?? {});
    const first = Object.entries(errors)[0];
    if (first) throw new Refused(422, { code: "records.invalid", text: first[1], path: first[0], facts: { errors } });
    const rows = TABLES[form] ?? [];
    const id = Math.max(0, ...rows.map((r) => r.id)) + 1;
    rows.push(compute(form, { id, version: 1, ...(ask.values ?? {}) }));
    note(form, id, { op: "create", fields: [] });
    return { id };
  }
  m = at(/^\/forms\/(\w+)\/(\d+)$/);
  if (m) {
    const [form, id] = m as [string, string];
    const r = one(form, id);
    if (method === "GET")
      return {
        id: r.id,
        version: r.version,
        title: String(plainOf(r[RAW.find((f) => f.form === form)?.title ?? ""]) ?? ""),
        created_at: "2026-01-13T09:00:00",
        created_by: { id: 2, name: "周予安" },
        updated_at: "2026-11-18T10:20:00",
        updated_by: { id: 1, name: "林晓棠" },
        may: ["update", "delete"],
        values: valuesOf(r),
        fields: Object.fromEntries(
          forms()
            .find((f) => f.key === form)
            ?.fields.map((f) => [f.key, f.grant]) ?? [],
        ),
      };
    if (method === "DELETE") {
      r.deleted = true;
      return undefined;
    }
    const values = ask.values ?? {};
    if (ask.version !== r.version)
      throw new Refused(409, {
        code: "records.stale",
        text: "何知远刚刚也改了这份合同",
        facts: {
          version: r.version,
          who: "何知远",
          at: "14:22",
          mergeable: false,
          fields: Object.fromEntries(
            Object.entries(values).map(([k, mine]) => [
              k,
              {
                label: RAW.find((f) => f.form === form)?.fields.find((f) => f.key === k)?.label ?? k,
                base: null,
                theirs: r[k] ?? null,
                mine,
                sent: true,
                both: true,
              },
            ]),
          ),
        },
      });
    const errors = check(form, { ...valuesOf(r), ...values } as Record<string, Cell>);
    const first = Object.entries(errors)[0];
    if (first) throw new Refused(422, { code: "records.invalid", text: first[1], path: first[0], facts: { errors } });
    note(form, r.id, {
      op: "update",
      fields: Object.entries(values).map(([key, after]) => ({
        key,
        label: RAW.find((f) => f.form === form)?.fields.find((f) => f.key === key)?.label ?? key,
        before: r[key] ?? null,
        after,
      })),
    });
    Object.assign(r, values);
    compute(form, r);
    r.version += 1;
    return { version: r.version };
  }
  m = at(/^\/forms\/(\w+)\/(\d+)\/history$/);
  if (m)
    return [
      ...(log.get(`${m[0]}.${m[1]}`) ?? []),
      {
        id: 1,
        at: "2026-01-13T09:00:00+08:00",
        kind: "person",
        actor: "周予安",
        actor_id: 2,
        reason: "import",
        cause: { file: "合同台账.xlsx" },
        op: "create",
        fields: [],
      },
    ];
  m = at(/^\/forms\/(\w+)\/(\d+)\/restore$/);
  if (m) {
    const [form, id] = m as [string, string];
    const r = (TABLES[form] ?? []).find((x) => x.id === Number(id));
    if (r) r.deleted = false;
    return undefined;
  }
  m = at(/^\/forms\/(\w+)\/(\d+)\/related\/(\w+)$/);
  if (m) {
    const [form, id, collection] = m as [string, string, string];
    const link = forms()
      .find((f) => f.key === form)
      ?.collections.find((c) => c.key === collection);
    const rows = (TABLES[link?.form ?? ""] ?? []).filter((r) => {
      const v = r[link?.field ?? ""];
      return v && typeof v === "object" && "id" in v && v.id === Number(id);
    });
    return { rows: rows.slice(0, 20), next: null };
  }
  const found = imports(method, path, body as Record<string, unknown>);
  if (found !== undefined) return found.value;
  const shown = insight(method, path, url);
  if (shown !== undefined) return shown.value;
  const answer = workbench(method, path, url, body as Record<string, unknown>);
  if (answer !== undefined) return answer.value;
  throw new Refused(404, { code: "http.404", text: `没有 ${path}`, facts: {} });
}
