import { useQueryClient } from "@tanstack/react-query";
import { Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { FieldError, useProblemText } from "@/kit";
import { DESIGN } from "@/rooms/design";
import { proposeKey, saveDraft } from "@/rooms/design/api";
import { useForms, useLabel } from "@/rooms/forms";
import { isDate, useFieldChoices } from "@/rooms/processes/flow_parts";
import { copied, type RuleTree, WHENS, type WhenKind, whenChanged } from "./model";

/** A name, what it watches and when; the rest is drawn. Of a copy the name alone. */
export function NewRule({ taken, of, onClose }: { taken: string[]; of?: RuleTree; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const client = useQueryClient();
  const problemText = useProblemText();
  const forms = useForms().filter((f) => !f.within);
  const [name, setName] = useState(of ? t("rules:copy_of", { name: label(of) }) : "");
  const [form, setForm] = useState<string | null>(of?.form ?? null);
  const [kind, setKind] = useState<WhenKind>("changed");
  const dates = useFieldChoices(
    forms.find((f) => f.key === form),
    isDate,
  );
  /** the day that is counted down to */
  const ends = forms.find((f) => f.key === form)?.fields.find((f) => f.counts)?.counts?.date;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const ready = name.trim() !== "" && form !== null;
  async function create() {
    if (busy || !ready || form === null) return;
    setBusy(true);
    try {
      const key = await proposeKey(name, taken);
      const fresh: RuleTree = { rule: key, label: name.trim(), form, when: { kind: "changed" }, actions: [] };
      const tree = of ? copied(of, key, name.trim()) : whenChanged(fresh, kind, ends ?? dates[0]?.value ?? "");
      await saveDraft("rule", key, tree, null);
      void client.invalidateQueries({ queryKey: DESIGN });
      void navigate(`/design/rules/${key}`);
    } catch (failure) {
      setError(problemText(failure));
      setBusy(false);
    }
  }
  return (
    <Modal
      open
      title={of ? t("rules:copy_name", { name: label(of) }) : t("rules:create")}
      okText={t("forms:begin")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !ready, loading: busy }}
      onCancel={onClose}
      onOk={() => void create()}
    >
      <div className="inspector-body">
        <div className="labelled">
          <label htmlFor="rule-new-name">{t("rules:name")}</label>
          <Input
            id="rule-new-name"
            autoFocus
            maxLength={60}
            value={name}
            placeholder={t("rules:name_hint")}
            onChange={(e) => setName(e.target.value)}
            onPressEnter={(e) => {
              if (!e.nativeEvent.isComposing) void create();
            }}
          />
        </div>
        {!of && (
          <>
            <div className="labelled">
              <label htmlFor="rule-new-form">{t("rules:form")}</label>
              <Select
                id="rule-new-form"
                showSearch={{ optionFilterProp: "label" }}
                value={form}
                placeholder={t("flow:form_hint")}
                options={forms.map((f) => ({ value: f.key, label: label(f) }))}
                onChange={setForm}
              />
            </div>
            <div className="labelled">
              <label htmlFor="rule-new-when">{t("rules:sentence_1")}</label>
              <Select
                id="rule-new-when"
                value={kind}
                options={WHENS.map((value) => ({ value, label: t(`rules:when_${value}`) }))}
                onChange={setKind}
              />
            </div>
          </>
        )}
        {of && <p className="grey small">{t("rules:copy_off")}</p>}
        {error && <FieldError>{error}</FieldError>}
      </div>
    </Modal>
  );
}
