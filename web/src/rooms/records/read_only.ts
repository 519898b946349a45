/** Why a cell of a list cannot be changed where it stands; null: it can. */
import { type Field, type Form, isComputed, mayWrite, valueKind } from "@/rooms/forms";
import { plannedDates } from "./bulk_edit";

const EASY = ["text", "number", "money", "percent", "date", "select", "phone", "mail", "link", "yes_no"];

export type ReadOnly = "elsewhere" | "no_right" | "computed" | "numbered" | "planned" | "unique" | "in_record";

export function readOnly(form: Form, field: Field, path: string): ReadOnly | null {
  if (path.includes(".")) return "elsewhere";
  if (isComputed(field)) return "computed";
  if (field.kind === "auto_number") return "numbered";
  if (!form.may.includes("update") || !mayWrite(field)) return "no_right";
  if (plannedDates(form).includes(field.key)) return "planned";
  if (field.unique) return "unique";
  return EASY.includes(valueKind(field)) ? null : "in_record";
}
