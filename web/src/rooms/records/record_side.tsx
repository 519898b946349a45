import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Icon, Side } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { useAt } from "@/rooms/history/as_of";
import { PastSide } from "@/rooms/history/past_record";
import { Editor } from "./editor";
import { useRecordView } from "./record_view";

/** A record beside its list. */
export function RecordSide({
  form,
  id,
  tab,
  onTab,
  onClose,
  onCreated,
}: {
  form: Form;
  id: number | null;
  tab: string;
  onTab: (tab: string) => void;
  onClose: () => void;
  onCreated: (id: number) => void;
}) {
  const at = useAt();
  if (at && id !== null) return <PastSide key={`${id}.${at}`} form={form} id={id} at={at} onClose={onClose} />;
  return id === null ? (
    <NewSide form={form} onClose={onClose} onCreated={onCreated} />
  ) : (
    <OpenSide key={id} form={form} id={id} tab={tab} onTab={onTab} onClose={onClose} />
  );
}

function OpenSide({
  form,
  id,
  tab,
  onTab,
  onClose,
}: {
  form: Form;
  id: number;
  tab: string;
  onTab: (tab: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { head, actions, body } = useRecordView(form, id, { tab, onTab, onGone: onClose, wide: false, level: 2 });
  return (
    <Side
      open
      onClose={onClose}
      title={head}
      extra={
        <>
          {actions}
          <button
            type="button"
            className="icon-button"
            aria-label={t("records:expand")}
            title={t("records:expand")}
            onClick={() => void navigate(`/r/${form.key}/${id}${tab === "overview" ? "" : `?tab=${tab}`}`)}
          >
            <Icon name="expand" size={16} />
          </button>
        </>
      }
    >
      {body}
    </Side>
  );
}

function NewSide({ form, onClose, onCreated }: { form: Form; onClose: () => void; onCreated: (id: number) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Side open onClose={onClose} title={<h2>{t("shell:new_of", { label: label(form) })}</h2>}>
      <Editor form={form} record={null} onDone={onCreated} onCancel={onClose} />
    </Side>
  );
}
