import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Chip, Empty, Failure, format, Head, Icon, Lines, Moment, Page } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import type { Tone } from "@/theme/tokens";
import { addressOf, download, type ExportAnswer, exportsQuery, isRunning } from "./api";
import { ExportProgress } from "./export_button";
import "./exports.css";

const TONE: Record<ExportAnswer["state"], Tone> = {
  queued: "info",
  running: "info",
  done: "brand",
  failed: "urgent",
  cancelled: "plain",
};

/** What I exported, newest first. A file is there for a day, and for me alone. */
export function ExportsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const found = useQuery(exportsQuery);
  return (
    <Page>
      <Head title={t("exports:mine")} fact={t("exports:fact")} />
      <section className="card card-flush">
        {found.isError ? (
          <Failure error={found.error} retry={() => void found.refetch()} />
        ) : !found.data ? (
          <Lines rows={4} />
        ) : found.data.length === 0 ? (
          <Empty>{t("exports:none")}</Empty>
        ) : (
          <ul>
            {found.data.map((one) => (
              <li key={one.id} className="export-row">
                <Icon name={one.format === "xlsx" ? "excel" : "table"} size={18} />
                <div className="export-what">
                  <b className="cut" title={one.file_name}>
                    {format.middle(one.file_name)}
                  </b>
                  <span className="grey small">
                    {label(forms.find((f) => f.key === one.form) ?? { label: one.form })} ·{" "}
                    <Moment value={one.created_at} />
                    {one.problem && ` · ${one.problem}`}
                  </span>
                </div>
                {isRunning(one) ? (
                  <ExportProgress one={one} />
                ) : one.state === "done" && !one.expired ? (
                  <Button icon={<Icon name="download" size={15} />} onClick={() => download(addressOf(one))}>
                    {t("exports:download")}
                  </Button>
                ) : (
                  <Chip tone={one.expired ? "plain" : TONE[one.state]}>
                    {one.expired ? t("exports:state_expired") : t(`exports:state_${one.state}`)}
                  </Chip>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
    </Page>
  );
}
