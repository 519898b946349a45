/** Every query key of the client. A write invalidates by prefix: `keys.form("contract")` covers its pages, counts and records. */

export const keys = {
  state: ["state"] as const,
  me: ["me"] as const,
  forms: ["forms"] as const,
  people: ["people"] as const,
  departments: ["departments"] as const,

  form: (form: string) => ["records", form] as const,
  page: (form: string, shape: unknown) => ["records", form, "page", shape] as const,
  count: (form: string, shape: unknown) => ["records", form, "count", shape] as const,
  record: (form: string, id: number) => ["records", form, "record", id] as const,
  history: (form: string, id: number) => ["records", form, "record", id, "history"] as const,
  related: (form: string, id: number, collection: string, shape?: unknown) =>
    ["records", form, "record", id, "related", collection, shape] as const,
  choices: (form: string, search: string) => ["records", form, "choices", search] as const,
  search: (text: string) => ["records", "search", text] as const,
  formula: (form: string, text: string) => ["formula", form, text] as const,

  workbench: ["tasks", "workbench"] as const,
  tasks: (shape: unknown) => ["tasks", "list", shape] as const,
  allTasks: ["tasks"] as const,

  approvals: ["approvals"] as const,
  alerts: (shape: unknown) => ["alerts", shape] as const,
  allAlerts: ["alerts"] as const,

  processes: ["processes"] as const,
  process: (key: string) => ["processes", key] as const,
  plan: (shape: unknown) => ["plan", shape] as const,
  ledger: (shape: unknown) => ["ledger", shape] as const,
  uncovered: (shape: unknown) => ["uncovered", shape] as const,
  doctor: ["doctor"] as const,

  messages: (shape: unknown) => ["messages", shape] as const,
  allMessages: ["messages"] as const,
  channels: ["channels"] as const,
  notices: ["notices"] as const,

  dashboards: ["dashboards"] as const,
  dashboard: (key: string, shape: unknown) => ["dashboards", key, shape] as const,
  drill: (key: string, shape: unknown) => ["dashboards", key, "drill", shape] as const,

  imports: ["imports"] as const,
  import: (id: number) => ["imports", id] as const,

  database: ["database"] as const,

  simulations: ["simulations"] as const,
  simulation: (id: number) => ["simulations", id] as const,
};
