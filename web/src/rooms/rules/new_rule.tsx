import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NewDefinition } from "@/rooms/design";
import { useForms, useLabel } from "@/rooms/forms";
import { isDate, useFieldChoices } from "@/rooms/processes/flow_parts";
import { copied, type RuleTree, WHENS, type WhenKind, whenChanged } from "./model";

/** A name, what it watches and when; the rest is drawn. Of a copy the name alone. */
export function NewRule({ taken, of, onClose }: { taken: string[]; of?: RuleTree; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms().filter((f) => !f.within);
  const [form, setForm] = useState<string | null>(of?.form ?? null);
  const [kind, setKind] = useState<WhenKind>("changed");
  const dates = useFieldChoices(
    forms.find((f) => f.key === form),
    isDate,
  );
  /** the day that is counted down to */
  const ends = forms.find((f) => f.key === form)?.fields.find((f) => f.counts)?.counts?.date;
  const make = (key: string, name: string) => {
    const fresh: RuleTree = { rule: key, label: name, form: form ?? "", when: { kind: "changed" }, actions: [] };
    return of ? copied(of, key, name) : whenChanged(fresh, kind, ends ?? dates[0]?.value ?? "");
  };
  return (
    <NewDefinition
      kind="rule"
      at="rules"
      id="rule-new-name"
      title={of ? t("rules:copy_name", { name: label(of) }) : t("rules:create")}
      label={t("rules:name")}
      hint={t("rules:name_hint")}
      first={of ? t("rules:copy_of", { name: label(of) }) : ""}
      taken={taken}
      ready={form !== null}
      make={make}
      onClose={onClose}
    >
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
    </NewDefinition>
  );
}
