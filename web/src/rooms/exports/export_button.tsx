import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown, Popover, Progress } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { format, Icon, toast, usePhone, useProblemText } from "@/kit";
import type { Form } from "@/rooms/forms";
import "./exports.css";
import {
  type AskExport,
  addressOf,
  askExport,
  cancelExport,
  download,
  type ExportAnswer,
  exportsQuery,
  isRunning,
  percentOf,
} from "./api";

type Shown = Pick<AskExport, "columns" | "filter" | "search" | "sort">;

/** 导出: what the list shows, as a file. The button tells how far it is; when it is done, the file is a click away. */
export function ExportButton({ form, shown }: { form: Form; shown: Shown }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const phone = usePhone();
  const [asked, setAsked] = useState<number | null>(null);
  const mine = useQuery({ ...exportsQuery, enabled: asked !== null }).data?.find((one) => one.id === asked);
  const ask = useMutation({
    mutationFn: (kind: "xlsx" | "csv") => askExport(form.key, { ...shown, format: kind }),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: exportsQuery.queryKey });
      setAsked(id);
    },
    onError: (error) => toast({ tone: "bad", text: problemText(error) }),
  });
  useEffect(() => {
    if (!mine || isRunning(mine)) return;
    setAsked(null);
    if (mine.state === "done")
      toast({
        text: t("exports:ready", { name: format.middle(mine.file_name) }),
        action: { label: t("exports:download"), act: () => download(addressOf(mine)) },
      });
    if (mine.state === "failed") toast({ tone: "bad", text: mine.problem ?? t("error_ours") });
  }, [mine, t]);

  if (mine && isRunning(mine)) return <Running one={mine} />;
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "xlsx", icon: <Icon name="excel" size={16} />, label: t("exports:as_xlsx") },
          { key: "csv", icon: <Icon name="table" size={16} />, label: t("exports:as_csv") },
          { type: "divider" },
          { key: "mine", label: t("exports:mine") },
        ],
        onClick: ({ key }) => (key === "mine" ? void navigate("/exports") : ask.mutate(key as "xlsx" | "csv")),
      }}
    >
      <Button
        icon={<Icon name="download" size={15} />}
        loading={ask.isPending}
        aria-label={phone ? t("exports:export") : undefined}
      >
        {!phone && t("exports:export")}
      </Button>
    </Dropdown>
  );
}

function Running({ one }: { one: ExportAnswer }) {
  const { t } = useTranslation();
  return (
    <Popover trigger="click" placement="bottomRight" content={<ExportProgress one={one} />}>
      <Button icon={<Icon name="download" size={15} />} aria-label={t("exports:running", { percent: percentOf(one) })}>
        {t("exports:running", { percent: percentOf(one) })}
      </Button>
    </Popover>
  );
}

/** How far it is, and the way to stop it. */
export function ExportProgress({ one }: { one: ExportAnswer }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: () => cancelExport(one.id),
    onSuccess: () => client.invalidateQueries({ queryKey: exportsQuery.queryKey }),
  });
  return (
    <div className="export-progress">
      <Progress
        percent={percentOf(one)}
        showInfo={false}
        strokeColor="var(--brand)"
        railColor="var(--sunken)"
        aria-label={t("exports:running", { percent: percentOf(one) })}
      />
      <div className="row">
        <span className="grey">
          {t("exports:rows_of", {
            rows: one.written.toLocaleString("en"),
            total: (one.total ?? 0).toLocaleString("en"),
          })}
        </span>
        <span className="spread" />
        <Button size="small" loading={stop.isPending} onClick={() => stop.mutate()}>
          {t("cancel")}
        </Button>
      </div>
    </div>
  );
}
