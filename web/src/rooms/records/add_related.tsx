import { useTranslation } from "react-i18next";
import { Side } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { RecordAnswer } from "./api";
import { Editor } from "./editor";

/** A new record that points to this one. */
export function AddRelated({
  child,
  field,
  record,
  onClose,
}: {
  child: Form;
  field: string;
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
        given={{ [field]: { id: record.id, label: record.title } }}
        onDone={onClose}
        onCancel={onClose}
      />
    </Side>
  );
}
