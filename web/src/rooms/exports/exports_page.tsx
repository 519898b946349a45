import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import {
  Card,
  Chip,
  Empty,
  Fetched,
  format,
  Head,
  Icon,
  type IconName,
  Moment,
  Page,
  toast,
  useProblemText,
} from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import type { Tone } from "@/theme/tokens";
import { addressOf, askPack, download, type ExportAnswer, exportsQuery, isRunning } from "./api";
import { ExportProgress } from "./export_button";
import "./exports.css";

const TONE: Record<ExportAnswer["state"], Tone> = {
  queued: "info",
  running: "info",
  done: "brand",
  failed: "urgent",
  cancelled: "plain",
};

const ICON: Record<ExportAnswer["format"], IconName> = { xlsx: "excel", csv: "table", pack: "archive" };

/** What I exported, newest first. A file is there for a day, and for me alone. */
export function ExportsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const me = useMe();
  const found = useQuery(exportsQuery);
  const packing = found.data?.some((one) => one.format === "pack" && isRunning(one)) ?? false;
  return (
    <Page>
      <Head title={t("exports:mine")} fact={t("exports:fact")} />
      {me.may.includes("design") && me.may.includes("people") && <PackCard busy={packing} />}
      <section className="card card-flush">
        <Fetched of={found} rows={4} none={found.data?.length === 0 && <Empty>{t("exports:none")}</Empty>}>
          {(exports) => (
            <ul>
              {exports.map((one) => (
                <li key={one.id} className="export-row">
                  <Icon name={ICON[one.format]} size={18} />
                  <div className="export-what">
                    <b className="cut" title={one.file_name}>
                      {format.middle(one.file_name)}
                    </b>
                    <span className="grey small">
                      {one.format === "pack"
                        ? t("exports:pack")
                        : label(forms.find((f) => f.key === one.form) ?? { label: one.form })}{" "}
                      · <Moment value={one.created_at} />
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
        </Fetched>
      </section>
    </Page>
  );
}

/** Everything that the company has, for who may have everything. */
function PackCard({ busy }: { busy: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const ask = useMutation({
    mutationFn: askPack,
    onSuccess: () => client.invalidateQueries({ queryKey: exportsQuery.queryKey }),
    onError: (error) => toast({ tone: "bad", text: problemText(error) }),
  });
  return (
    <Card
      title={t("exports:pack")}
      extra={
        <Button
          icon={<Icon name="archive" size={15} />}
          loading={ask.isPending}
          disabled={busy}
          onClick={() => ask.mutate()}
        >
          {t("exports:pack_make")}
        </Button>
      }
    >
      <p>{t("exports:pack_what")}</p>
      <p className="grey row">
        <Icon name="warning" size={15} />
        {t("exports:pack_care")}
      </p>
    </Card>
  );
}
