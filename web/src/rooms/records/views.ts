import type { Form } from "@/rooms/forms";

/** The views every form starts with, made from what it has. */
export interface View {
  key: "all" | "mine" | "soon" | "overdue";
  filter: string;
}

export function views(form: Form, account: string): View[] {
  const has = (key: string, kind: string) => form.fields.some((f) => f.key === key && f.kind === kind);
  const out: View[] = [{ key: "all", filter: "" }];
  const ends = has("end_date", "date") && has("open", "formula");
  if (ends) out.push({ key: "soon", filter: "AND(open, end_date >= TODAY(), end_date <= TODAY() + 60)" });
  if (form.owner) out.push({ key: "mine", filter: `${form.owner}.account = "${account.replaceAll('"', '""')}"` });
  if (ends) out.push({ key: "overdue", filter: "AND(open, end_date < TODAY())" });
  return out;
}
