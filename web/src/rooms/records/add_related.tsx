import { useTranslation } from "react-i18next";
import { Side } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { RecordAnswer } from "./api";
import { Editor } from "./editor";

/** A new record that points to this one; `field` null: it points to one of this record's own, which is chosen. */
export function AddRelated({
  child,
  field,
  record,
  onClose,
}: {
  child: Form;
  field: string | null;
  record: RecordAnswer;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Side open onClose={onClose} title={<h2>{t("shell:new_of", { label: label(child) })}</h2>}>
      <Editor
        form={child}
        record={null}
        given={field ? { [field]: { id: record.id, label: record.title } } : {}}
        onDone={onClose}
        onCancel={onClose}
      />
    </Side>
  );
}
