import { useQueryClient } from "@tanstack/react-query";
import { Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { FieldError, useProblemText } from "@/kit";
import { DESIGN, type DesignKind, proposeKey, saveDraft } from "./api";

/** A definition begins: its name, what else must be said first (`children`, `ready`); the rest is drawn. */
export function NewDefinition({
  kind,
  at,
  id,
  title,
  label,
  hint,
  first = "",
  most = 60,
  taken,
  ready = true,
  make,
  onClose,
  children,
}: {
  kind: DesignKind;
  /** the page behind /design/ that draws it */
  at: string;
  /** of the field of the name */
  id: string;
  title: string;
  label: string;
  hint: string;
  /** the name that is proposed */
  first?: string;
  most?: number;
  taken: string[];
  ready?: boolean;
  make: (key: string, name: string) => object;
  onClose: () => void;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [name, setName] = useState(first);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const can = ready && name.trim() !== "";
  async function create() {
    if (busy || !can) return;
    setBusy(true);
    try {
      const key = await proposeKey(name, taken);
      await saveDraft(kind, key, make(key, name.trim()), null);
      void client.invalidateQueries({ queryKey: DESIGN });
      void navigate(`/design/${at}/${key}`);
    } catch (failure) {
      setError(problemText(failure));
      setBusy(false);
    }
  }
  return (
    <Modal
      open
      title={title}
      okText={t("forms:begin")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !can, loading: busy }}
      onCancel={onClose}
      onOk={() => void create()}
    >
      <div className="inspector-body">
        <div className="labelled">
          <label htmlFor={id}>{label}</label>
          <Input
            id={id}
            autoFocus
            maxLength={most}
            value={name}
            placeholder={hint}
            onChange={(e) => setName(e.target.value)}
            onPressEnter={(e) => {
              if (!e.nativeEvent.isComposing) void create();
            }}
          />
        </div>
        {children}
        {error && <FieldError>{error}</FieldError>}
      </div>
    </Modal>
  );
}
