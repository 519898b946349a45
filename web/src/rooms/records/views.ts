import type { Form } from "@/rooms/forms";

/** The views every form starts with, made from what it has. */
export interface View {
  key: "all" | "mine" | "soon" | "overdue";
  filter: string;
}

export function views(form: Form, account: string): View[] {
  const out: View[] = [{ key: "all", filter: "" }];
  const counts = form.fields.find((f) => f.counts)?.counts;
  const during = counts?.during ? `${counts.during}, ` : "";
  const end = counts?.date;
  if (end) out.push({ key: "soon", filter: `AND(${during}${end} >= TODAY(), ${end} <= TODAY() + 60)` });
  if (form.owner) out.push({ key: "mine", filter: `${form.owner}.account = "${account.replaceAll('"', '""')}"` });
  if (end && during) out.push({ key: "overdue", filter: `AND(${during}${end} < TODAY())` });
  return out;
}
