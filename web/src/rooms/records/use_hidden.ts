import { useQuery } from "@tanstack/react-query";
import { keys } from "@/api";
import type { Form } from "@/rooms/forms";
import { preview, type RecordAnswer } from "./api";

const NONE: ReadonlySet<string> = new Set();

/** Fields that do not show on this record, by their own condition. Asked only of forms that have such conditions, by who
may change the record; others read what stands there. */
export function useHiddenFields(form: Form, record: RecordAnswer): ReadonlySet<string> {
  const asked = form.fields.some((f) => f.visible_when) && record.may.includes("update");
  const { data } = useQuery({
    queryKey: [...keys.record(form.key, record.id), "hidden", record.version],
    queryFn: ({ signal }) => preview(form.key, record.id, {}, signal),
    enabled: asked,
  });
  if (!data) return NONE;
  return new Set(Object.entries(data.behaviour).flatMap(([key, state]) => (state.visible ? [] : [key])));
}
