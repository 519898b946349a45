import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { Notice } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { type RecordAnswer, refName } from "@/rooms/records";
import { useLive } from "./live";

/** A record that is open follows what others do to it and to what belongs to it. */
export function useRecordLive(form: Form, id: number) {
  const client = useQueryClient();
  useLive(
    [form.key, ...form.collections.map((c) => c.form)],
    () => void client.invalidateQueries({ queryKey: keys.record(form.key, id) }),
  );
}

/** Somebody saved while I edit: who, and which fields. What I typed stays; saving merges field by field. */
export function Overtaken({ form, base, now }: { form: Form; base: RecordAnswer; now: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  if (now.version <= base.version) return null;
  const fields = form.fields.filter(
    (f) => f.kind !== "formula" && JSON.stringify(base.values[f.key]) !== JSON.stringify(now.values[f.key]),
  );
  if (fields.length === 0) return null;
  return (
    <Notice tone="info" icon="people">
      {t("together:overtaken", {
        who: now.updated_by ? (refName(now.updated_by) ?? "") : t("records:system"),
        fields: fields.map(label).join(t("together:comma")),
      })}
    </Notice>
  );
}
