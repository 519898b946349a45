import { useMutation } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Head, Notice, Page } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { FileChoice } from "./file_choice";
import { FILLED, uploadBundle } from "./zip_api";
import "./imports.css";

/** A ZIP of certificates: which form and field they go to, and the file. */
export function ZipUploadPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const forms = useForms()
    .filter((f) => f.may.includes("update"))
    .map((f) => ({ form: f, fields: f.fields.filter((one) => FILLED.includes(one.kind)) }))
    .filter((f) => f.fields.length > 0);
  const [chosen, setChosen] = useState<{ form?: string; field?: string }>({});
  const at = forms.find((f) => f.form.key === chosen.form) ?? forms[0];
  const field = at?.fields.find((f) => f.key === chosen.field) ?? at?.fields[0];
  const send = useMutation({
    mutationFn: (file: File) => uploadBundle(file, at?.form.key ?? "", field?.key ?? ""),
    onSuccess: ({ id }) => navigate(`/imports/zip/${id}`),
  });
  return (
    <Page>
      <Head title={t("imports:zip")} fact={t("imports:zip_fact")} />
      {!at || !field ? (
        <Notice tone="info" icon="info">
          {t("imports:zip_no_field")}
        </Notice>
      ) : (
        <section className="card upload">
          <div className="labelled">
            <label htmlFor="zip-form">{t("imports:zip_form")}</label>
            <Select
              id="zip-form"
              value={at.form.key}
              options={forms.map((f) => ({ value: f.form.key, label: label(f.form) }))}
              onChange={(form) => setChosen({ form })}
            />
          </div>
          <div className="labelled">
            <label htmlFor="zip-field">{t("imports:zip_field")}</label>
            <Select
              id="zip-field"
              value={field.key}
              options={at.fields.map((f) => ({ value: f.key, label: label(f) }))}
              onChange={(key) => setChosen({ form: at.form.key, field: key })}
            />
            <p className="grey small">{t("imports:zip_field_hint")}</p>
          </div>
          <FileChoice
            icon="archive"
            accept=".zip"
            name={t("imports:zip_choose")}
            hint={t("imports:zip_names")}
            reading={send.isPending ? send.variables.name : null}
            error={send.error}
            onFile={send.mutate}
          />
        </section>
      )}
    </Page>
  );
}
