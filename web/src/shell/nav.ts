import type { IconName } from "@/kit";
import type { Form } from "@/rooms/forms";

/** The navigation as data: what a person sees follows from access, an empty group is absent. */
export interface Entry {
  key: string;
  to: string;
  icon: IconName;
  /** a text key of our own, or a label made by users */
  text?: string;
  label?: { label: string; label_en?: string | null };
  /** first letters in pinyin, for the palette */
  pinyin?: string;
  badge?: number;
  hot?: boolean;
}
export interface Group {
  key: "work" | "business" | "insight" | "design" | "system";
  entries: Entry[];
}

export interface Seen {
  /** system rights and the menu entries of my roles */
  granted: readonly string[];
  forms: readonly Form[];
  dashboards: readonly { key: string; label: string; label_en?: string | null }[];
  tasks?: number | undefined;
  approvals?: number | undefined;
}

const FORM_ICONS: Record<string, IconName> = {
  customer: "customer",
  contract: "contract",
  payment: "money",
  ticket: "ticket",
  interaction: "chat",
  contact: "person",
  usage: "report",
  feedback: "checkCircle",
  amendment: "edit",
  certificate: "card",
};
export const formIcon = (key: string): IconName => FORM_ICONS[key] ?? "list";

export function navigation(seen: Seen): Group[] {
  const may = (entry: string) => seen.granted.includes(entry);
  const work: Entry[] = [
    { key: "home", to: "/home", icon: "home", text: "shell:home", pinyin: "gzt" },
    {
      key: "tasks",
      to: "/tasks",
      icon: "todo",
      text: "shell:tasks",
      pinyin: "db",
      ...(seen.tasks ? { badge: seen.tasks } : {}),
    },
    {
      key: "approvals",
      to: "/approvals",
      icon: "approval",
      text: "approvals:title",
      pinyin: "sp",
      ...(seen.approvals ? { badge: seen.approvals } : {}),
    },
  ];
  const owners = seen.forms.filter((f) => !f.within); // a sub-table is opened in its record
  const business: Entry[] = owners.map((f) => ({
    key: `form.${f.key}`,
    to: `/r/${f.key}`,
    icon: formIcon(f.key),
    label: f,
  }));
  const insight: Entry[] = seen.dashboards.map((d) => ({
    key: `dashboard.${d.key}`,
    to: `/dashboards/${d.key}`,
    icon: "gauge",
    label: d,
  }));
  insight.push({ key: "alerts", to: "/alerts", icon: "alert", text: "rules:alerts", pinyin: "yj" });
  insight.push({ key: "plan", to: "/plan", icon: "calendar", text: "shell:plan", pinyin: "jhytz" });
  if (may("simulation") || may("design"))
    insight.push({ key: "simulation", to: "/simulations", icon: "flask", text: "shell:simulation", pinyin: "mn" });
  const design: Entry[] = may("design")
    ? [
        { key: "forms", to: "/design/forms", icon: "list", text: "shell:forms", pinyin: "bd" },

        { key: "processes", to: "/processes", icon: "flow", text: "shell:processes", pinyin: "lc" },
        { key: "rules", to: "/design/rules", icon: "bolt", text: "rules:title", pinyin: "gz" },
        { key: "decisions", to: "/design/decisions", icon: "columns", text: "decisions:title", pinyin: "jcb" },
        { key: "templates", to: "/design/templates", icon: "mail", text: "templates:title", pinyin: "mb" },
        { key: "access", to: "/access", icon: "lock", text: "access:title", pinyin: "jsyqx" },
      ]
    : [];
  const system: Entry[] = [];
  if (may("people"))
    system.push({ key: "people", to: "/people", icon: "people", text: "access:nav_people", pinyin: "bmyry" });
  if (may("import")) system.push({ key: "import", to: "/imports", icon: "upload", text: "shell:import", pinyin: "dr" });
  if (may("design") && may("people"))
    system.push({ key: "exports", to: "/exports", icon: "download", text: "exports:nav", pinyin: "dc" });
  if (may("release"))
    system.push({ key: "channels", to: "/channels", icon: "plug", text: "channels:title", pinyin: "qd" });
  if (may("messages") || may("release"))
    system.push({ key: "messages", to: "/messages", icon: "mail", text: "shell:messages", pinyin: "xxyfxx" });
  if (may("design"))
    system.push({ key: "database", to: "/database", icon: "settings", text: "system:title", pinyin: "sjk" });
  const groups: Group[] = [
    { key: "work", entries: work },
    { key: "business", entries: business },
    { key: "insight", entries: insight },
    { key: "design", entries: design },
    { key: "system", entries: system },
  ];
  return groups.filter((g) => g.entries.length > 0);
}

/** The entry an address belongs to: the longest prefix wins. */
export function activeEntry(groups: readonly Group[], path: string): string | undefined {
  let best: Entry | undefined;
  for (const g of groups)
    for (const e of g.entries)
      if ((path === e.to || path.startsWith(`${e.to}/`)) && e.to.length > (best?.to.length ?? 0)) best = e;
  return best?.key;
}
