import { useMutation } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { query } from "@/api";
import { Head, Icon, Page } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { upload } from "./api";
import { FileChoice, SHEETS, useDrop } from "./file_choice";
import { Steps } from "./steps";
import "./imports.css";

/** First step: which form the rows are about, and the file. */
export function UploadPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const forms = useForms().filter((f) => f.may.includes("create") || f.may.includes("update"));
  const usual = forms.find((f) => f.key === "contract") ?? forms[0];
  const form = forms.find((f) => f.key === params.get("form")) ?? usual;
  const send = useMutation({
    mutationFn: (file: File) => upload(file, form?.key ?? ""),
    onSuccess: ({ id }) => navigate(`/imports/${id}`),
  });
  const drop = useDrop(send.mutate);
  return (
    <Page>
      <Head title={t("imports:title", { label: form ? label(form) : "" })} actions={<Steps now="upload" />} />
      <section className="card upload">
        <div className="labelled">
          <label htmlFor="import-form">{t("imports:which_form")}</label>
          <Select
            id="import-form"
            value={form?.key ?? null}
            options={forms.map((f) => ({ value: f.key, label: label(f) }))}
            onChange={(key) => setParams({ form: key }, { replace: true })}
          />
          <p className="grey small">{t("imports:which_form_hint")}</p>
        </div>
        <FileChoice
          icon="excel"
          accept={SHEETS}
          name={t("imports:choose_file")}
          text={drop.over ? t("imports:drop_here") : t("imports:choose_file")}
          hint={t("imports:kinds")}
          reading={send.isPending ? send.variables.name : null}
          disabled={!form}
          drop={drop}
          error={send.error}
          onFile={send.mutate}
        />
        {form && (
          <a className="row" href={`/api/imports/template${query({ form: form.key })}`} download>
            <Icon name="download" size={15} />
            {t("imports:template", { label: label(form) })}
          </a>
        )}
        <p className="grey row">
          <Icon name="info" size={15} />
          {t("imports:nothing_written")}
        </p>
      </section>
    </Page>
  );
}
