import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, usePhone } from "@/kit";
import { type Form, useForms } from "@/rooms/forms";
import { AddRelated } from "./add_related";
import type { RecordAnswer } from "./api";

/** On the phone, what one does with a customer at hand: call, and note what was said. */
export function QuickActs({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const forms = useForms();
  const [adding, setAdding] = useState(false);
  if (!phone) return null;
  const numbers = form.fields.filter((f) => f.kind === "phone").map((f) => String(record.values[f.key] ?? ""));
  const number = numbers.find((n) => /^[+\d][\d\s-]+$/.test(n)); // a masked one cannot be dialled
  const talk = form.collections.find((c) => c.form === "interaction");
  const child = forms.find((f) => f.key === talk?.form);
  const mayTalk = talk && child?.may.includes("create");
  if (!number && !mayTalk) return null;
  return (
    <div className="quick-acts">
      {number && (
        <a href={`tel:${number.replace(/[\s-]/g, "")}`}>
          <Icon name="phone" size={20} />
          {t("records:call")}
        </a>
      )}
      {mayTalk && (
        <button type="button" className="bare" onClick={() => setAdding(true)}>
          <Icon name="chat" size={20} />
          {t("records:note_talk")}
        </button>
      )}
      {adding && talk && child && (
        <AddRelated child={child} field={talk.field} record={record} onClose={() => setAdding(false)} />
      )}
    </div>
  );
}
