import type { Form } from "@/rooms/forms";

/** The views every form starts with, made from what it has. */
export interface View {
  key: "all" | "mine" | "soon" | "quarter" | "overdue";
  filter: string;
}

export function views(form: Form, account: string, today: string): View[] {
  const out: View[] = [{ key: "all", filter: "" }];
  const counts = form.fields.find((f) => f.counts)?.counts;
  const during = counts?.during ? `${counts.during}, ` : "";
  const end = counts?.date;
  if (end) out.push({ key: "soon", filter: `AND(${during}${end} >= TODAY(), ${end} <= TODAY() + 60)` });
  if (form.owner) out.push({ key: "mine", filter: `${form.owner}.account = "${account.replaceAll('"', '""')}"` });
  if (end) out.push({ key: "quarter", filter: `AND(${between(end, today)})` });
  if (end && during) out.push({ key: "overdue", filter: `AND(${during}${end} < TODAY())` });
  return out;
}

/** Within the quarter of a day: `end >= "2026-10-01", end < "2027-01-01"`. */
function between(field: string, day: string): string {
  const year = Number(day.slice(0, 4));
  const first = Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1;
  const next = first === 10 ? `${year + 1}-01-01` : `${year}-${two(first + 3)}-01`;
  return `${field} >= "${year}-${two(first)}-01", ${field} < "${next}"`;
}
const two = (n: number) => String(n).padStart(2, "0");
