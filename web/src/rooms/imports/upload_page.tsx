import { useMutation } from "@tanstack/react-query";
import { Select } from "antd";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { query } from "@/api";
import { format, Head, Icon, Notice, Page, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { upload } from "./api";
import { Steps } from "./steps";
import "./imports.css";

const KINDS = ".xlsx,.xls,.csv,.txt";

/** First step: which form the rows are about, and the file. */
export function UploadPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [params, setParams] = useSearchParams();
  const forms = useForms().filter((f) => f.may.includes("create") || f.may.includes("update"));
  const usual = forms.find((f) => f.key === "contract") ?? forms[0];
  const form = forms.find((f) => f.key === params.get("form")) ?? usual;
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const send = useMutation({
    mutationFn: (file: File) => upload(file, form?.key ?? ""),
    onSuccess: ({ id }) => navigate(`/imports/${id}`),
  });
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) send.mutate(file);
  };
  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  }
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
        <button
          type="button"
          className={over ? "drop over" : "drop"}
          disabled={send.isPending || !form}
          onClick={() => input.current?.click()}
          onDragOver={(e) => {
            e.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <Icon name="excel" size={32} />
          <b>
            {send.isPending
              ? t("imports:reading", { name: format.middle(send.variables.name) })
              : over
                ? t("imports:drop_here")
                : t("imports:choose_file")}
          </b>
          <span className="grey">{t("imports:kinds")}</span>
        </button>
        <input
          ref={input}
          type="file"
          accept={KINDS}
          className="sr"
          aria-label={t("imports:choose_file")}
          tabIndex={-1}
          onChange={(e) => {
            take(e.target.files);
            e.target.value = "";
          }}
        />
        {send.isError && (
          <Notice tone="urgent" icon="bang">
            {problemText(send.error)}
          </Notice>
        )}
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
