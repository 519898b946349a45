import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NewDefinition } from "@/rooms/design";
import { useForms, useLabel } from "@/rooms/forms";
import { freshStart, START_KINDS } from "./flow_kinds";

/** A name, what it is for, and what begins it; the rest is drawn. */
export function NewProcess({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms().filter((f) => !f.within);
  const [form, setForm] = useState<string | null>(forms.length === 1 ? (forms[0]?.key ?? null) : null);
  const [start, setStart] = useState<string>("date");
  const make = (key: string, name: string) => {
    const begins = freshStart(
      "start_1",
      start,
      forms.find((f) => f.key === form),
    );
    return { process: key, label: name, form, start: [begins], nodes: [] };
  };
  return (
    <NewDefinition
      kind="process"
      at="processes"
      id="process-name"
      title={t("flow:create")}
      label={t("flow:process_name")}
      hint={t("flow:process_name_hint")}
      most={80}
      taken={taken}
      ready={form !== null}
      make={make}
      onClose={onClose}
    >
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
    </NewDefinition>
  );
}
