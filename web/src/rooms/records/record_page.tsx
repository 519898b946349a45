import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Card, Empty, Icon, Lines, Page, useKeys, useNarrow, usePhone } from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { AsOfButton, useAt } from "@/rooms/history/as_of";
import { recordQuery } from "./api";
import { Facts } from "./facts";
import { useRecordView } from "./record_view";
import "./record.css";

const PastRecord = lazy(async () => ({ default: (await import("@/rooms/history/past_record")).PastRecord }));
const Rail = lazy(async () => ({ default: (await import("@/rooms/customer")).Rail }));
const AlertsCard = lazy(async () => ({ default: (await import("@/rooms/rules")).AlertsCard }));
const RecordTasks = lazy(async () => ({ default: (await import("@/rooms/tasks/record_tasks")).RecordTasks }));

export function RecordPage() {
  const { form: key = "", id = "" } = useParams();
  const at = useAt();
  const form = useForm(key);
  const { t } = useTranslation();
  const number = Number(id);
  if (!form || !Number.isSafeInteger(number))
    return <Empty actions={<Link to="/home">{t("shell:page_missing_go")}</Link>}>{t("error_missing")}</Empty>;
  if (at)
    return (
      <Suspense fallback={<Lines rows={12} />}>
        <PastRecord key={`${key}.${id}.${at}`} form={form} id={number} at={at} />
      </Suspense>
    );
  return <RecordOf key={`${key}.${id}`} form={form} id={number} />;
}

function RecordOf({ form, id }: { form: Form; id: number }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const narrow = useNarrow();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const back = () => void navigate(`/r/${form.key}`);
  const wide = !narrow;
  const view = useRecordView(form, id, {
    tab: params.get("tab") ?? "overview",
    onTab: (tab) => setParams(tab === "overview" ? {} : { tab }, { replace: true }),
    onGone: back,
    wide,
    level: 1,
  });
  const record = useQuery(recordQuery(form.key, id)).data;
  const name = record?.title || label(form);
  useEffect(() => {
    document.title = `${name} · ${t("product")}`;
  }, [name, t]);
  useKeys({ Escape: back });
  return (
    <Page>
      <div className={wide ? "record-page" : "record-alone"}>
        <section className="record-card">
          <div className={form.overview ? "record-head record-head-centre" : "record-head"}>
            <button type="button" className="icon-button" aria-label={t("back")} onClick={back}>
              <Icon name="leftward" size={phone ? 20 : 16} />
            </button>
            {view.head}
            <span className="spread" />
            <span className="record-as-of" title={t("history:as_of_today")}>
              <AsOfButton />
            </span>
            {view.actions}
          </div>
          {view.body}
        </section>
        {wide && record && (
          <aside className="record-rail" aria-label={t("records:rail")}>
            {form.overview ? (
              <Suspense fallback={<Lines rows={4} />}>
                <Rail form={form} record={record} onAll={() => setParams({ tab: "facts" }, { replace: true })} />
              </Suspense>
            ) : (
              <>
                <Suspense>
                  <AlertsCard of={{ form: form.key, id }} />
                </Suspense>
                <Card title={t("records:basics")}>
                  <Facts form={form} record={record} />
                </Card>
                <Card title={t("records:open_tasks")} flush>
                  <Suspense fallback={<Lines rows={2} />}>
                    <RecordTasks form={form.key} id={id} openOnly />
                  </Suspense>
                </Card>
              </>
            )}
          </aside>
        )}
      </div>
      <span className="sr">{label(form)}</span>
    </Page>
  );
}
