import { useQueryClient } from "@tanstack/react-query";
import { Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { FieldError, useProblemText } from "@/kit";
import { DESIGN } from "@/rooms/design";
import { proposeKey, saveDraft } from "@/rooms/design/api";
import { useForms, useLabel } from "@/rooms/forms";
import { freshStart, START_KINDS } from "./flow_kinds";

/** A name, what it is for, and what begins it; the rest is drawn. */
export function NewProcess({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const client = useQueryClient();
  const problemText = useProblemText();
  const forms = useForms().filter((f) => !f.within);
  const [name, setName] = useState("");
  const [form, setForm] = useState<string | null>(forms.length === 1 ? (forms[0]?.key ?? null) : null);
  const [start, setStart] = useState<string>("date");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const ready = name.trim() !== "" && form !== null;
  async function create() {
    if (busy || !ready || form === null) return;
    setBusy(true);
    try {
      const key = await proposeKey(name, taken);
      const begins = freshStart(
        "start_1",
        start,
        forms.find((f) => f.key === form),
      );
      await saveDraft("process", key, { process: key, label: name.trim(), form, start: [begins], nodes: [] }, null);
      void client.invalidateQueries({ queryKey: DESIGN });
      void navigate(`/design/processes/${key}`);
    } catch (failure) {
      setError(problemText(failure));
      setBusy(false);
    }
  }
  return (
    <Modal
      open
      title={t("flow:create")}
      okText={t("forms:begin")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !ready, loading: busy }}
      onCancel={onClose}
      onOk={() => void create()}
    >
      <div className="inspector-body">
        <div className="labelled">
          <label htmlFor="process-name">{t("flow:process_name")}</label>
          <Input
            id="process-name"
            autoFocus
            maxLength={80}
            value={name}
            placeholder={t("flow:process_name_hint")}
            onChange={(e) => setName(e.target.value)}
            onPressEnter={(e) => {
              if (!e.nativeEvent.isComposing) void create();
            }}
          />
        </div>
        <div className="labelled">
          <label htmlFor="process-form">{t("processes:for")}</label>
          <Select
            id="process-form"
            showSearch={{ optionFilterProp: "label" }}
            value={form}
            placeholder={t("flow:form_hint")}
            options={forms.map((f) => ({ value: f.key, label: label(f) }))}
            onChange={setForm}
          />
        </div>
        <div className="labelled">
          <label htmlFor="process-start">{t("flow:start_kind")}</label>
          <Select
            id="process-start"
            value={start}
            options={START_KINDS.map((value) => ({ value, label: t(`processes:start_${value}`) }))}
            onChange={setStart}
          />
        </div>
        {error && <FieldError>{error}</FieldError>}
      </div>
    </Modal>
  );
}
