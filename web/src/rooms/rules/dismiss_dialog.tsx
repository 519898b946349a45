import { Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Alert } from "./api";

const MOST = 500;

/** Why it is none; its tasks close with it. */
export function DismissDialog({
  one,
  onDismiss,
  onClose,
}: {
  one: Alert;
  onDismiss: (why: string) => Promise<boolean>;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  async function go() {
    if (busy || !why.trim()) return;
    setBusy(true);
    const done = await onDismiss(why.trim());
    setBusy(false);
    if (done) onClose();
  }
  return (
    <Modal
      open
      width={440}
      title={t("rules:dismiss_title", { name: one.title ?? `#${one.record_id}` })}
      okText={t("rules:dismiss")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !why.trim(), loading: busy }}
      onCancel={onClose}
      onOk={() => void go()}
    >
      <div className="labelled">
        <label htmlFor="dismiss-why">{t("rules:dismiss_why")}</label>
        <Input.TextArea
          id="dismiss-why"
          autoFocus
          maxLength={MOST}
          autoSize={{ minRows: 2, maxRows: 6 }}
          value={why}
          placeholder={t("rules:dismiss_hint")}
          onChange={(e) => setWhy(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) void go();
          }}
        />
        {one.open_tasks > 0 && <p className="grey small">{t("rules:dismiss_effect", { count: one.open_tasks })}</p>}
      </div>
    </Modal>
  );
}
