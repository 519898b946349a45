import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { RecordAnswer } from "@/rooms/records";
import { NewTask } from "@/rooms/tasks";

/** Somebody is asked for something about this record: on the phone beside the other acts, elsewhere at its open tasks. */
export function AskTask({ form, record, quick = false }: { form: Form; record: RecordAnswer; quick?: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      {quick ? (
        <button type="button" className="bare" onClick={() => setOpen(true)}>
          <Icon name="todo" size={20} />
          {t("customer:ask_task")}
        </button>
      ) : (
        <button
          type="button"
          className="icon-button"
          aria-label={t("customer:ask_task")}
          title={t("customer:ask_task")}
          onClick={() => setOpen(true)}
        >
          <Icon name="plus" size={16} />
        </button>
      )}
      {open && (
        <Suspense fallback={null}>
          <NewTask
            about={{ form: form.key, id: record.id, title: record.title ?? `#${record.id}` }}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
