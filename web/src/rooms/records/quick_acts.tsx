import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, usePhone } from "@/kit";
import { type Form, useForms } from "@/rooms/forms";
import { AddRelated } from "./add_related";
import type { RecordAnswer } from "./api";

const AskTask = lazy(async () => ({ default: (await import("@/rooms/customer")).AskTask }));
const BeginAct = lazy(async () => ({ default: (await import("@/rooms/customer")).BeginAct }));

/** Where what was said with a customer is noted, for who may. */
export function useTalk(form: Form): { child: Form; field: string } | null {
  const forms = useForms();
  const talk = form.collections.find((c) => c.form === "interaction");
  const child = forms.find((f) => f.key === talk?.form);
  return talk && child?.may.includes("create") ? { child, field: talk.field } : null;
}

/** On the phone, what one does with a customer at hand: call, note what was said, begin what is next. */
export function QuickActs({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const talk = useTalk(form);
  const [adding, setAdding] = useState(false);
  if (!phone) return null;
  const numbers = form.fields.filter((f) => f.kind === "phone").map((f) => String(record.values[f.key] ?? ""));
  const number = numbers.find((n) => /^[+\d][\d\s-]+$/.test(n)); // a masked one cannot be dialled
  if (!number && !talk && !form.overview) return null;
  return (
    <div className="quick-acts">
      {number && (
        <a href={`tel:${number.replace(/[\s-]/g, "")}`}>
          <Icon name="phone" size={20} />
          {t("records:call")}
        </a>
      )}
      {talk && (
        <button type="button" className="bare" onClick={() => setAdding(true)}>
          <Icon name="chat" size={20} />
          {t("records:note_talk")}
        </button>
      )}
      {form.overview && (
        <Suspense fallback={null}>
          <AskTask form={form} record={record} quick />
          <BeginAct form={form} record={record} quick />
        </Suspense>
      )}
      {adding && talk && (
        <AddRelated child={talk.child} field={talk.field} record={record} onClose={() => setAdding(false)} />
      )}
    </div>
  );
}
