import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { Problem } from "@/api";
import { Empty, Failure, Icon, Lines, Page, Side, Tabs, useKeys } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { type RecordAnswer, type Row, recordQuery } from "@/rooms/records";
import { Cell } from "@/rooms/records/cell";
import { RelatedList } from "@/rooms/records/related";
import { useCollectionName } from "@/rooms/records/use_collections";
import { AsOfBar, AsOfButton } from "./as_of";
import { named } from "./model";
import "@/rooms/records/record.css";
import "./history.css";

/** A record as of then, to be read: its fields and what pointed to it. */
export function PastRecord({ form, id, at }: { form: Form; id: number; at: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const record = useQuery(recordQuery(form.key, id, at));
  const back = () => void navigate(`/r/${form.key}?at=${at}`);
  useKeys({ Escape: back });
  return (
    <Page>
      <AsOfBar />
      <section className="record-card">
        <div className="record-head">
          <button type="button" className="icon-button" aria-label={t("back")} onClick={back}>
            <Icon name="leftward" size={16} />
          </button>
          <div className="record-title">
            <h1 className="cut">{record.data?.title || label(form)}</h1>
            <span className="grey cut">{label(form)}</span>
          </div>
          <span className="spread" />
          <AsOfButton />
        </div>
        {record.isError ? (
          <NotThen error={record.error} form={form} id={id} />
        ) : record.data ? (
          <Body form={form} record={record.data} at={at} />
        ) : (
          <Lines rows={10} />
        )}
      </section>
    </Page>
  );
}

/** The same beside its list. */
export function PastSide({ form, id, at, onClose }: { form: Form; id: number; at: string; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const record = useQuery(recordQuery(form.key, id, at));
  return (
    <Side
      open
      onClose={onClose}
      title={<h2 className="cut">{record.data?.title || label(form)}</h2>}
      extra={
        <Link
          to={`/r/${form.key}/${id}?at=${at}`}
          className="icon-button"
          aria-label={t("records:expand")}
          title={t("records:expand")}
        >
          <Icon name="expand" size={16} />
        </Link>
      }
    >
      {record.isError ? (
        <NotThen error={record.error} form={form} id={id} />
      ) : record.data ? (
        <Body form={form} record={record.data} at={at} />
      ) : (
        <Lines rows={10} />
      )}
    </Side>
  );
}

/** It was not there yet, or cannot be read; the way back to now. */
function NotThen({ error, form, id }: { error: unknown; form: Form; id: number }) {
  const { t } = useTranslation();
  const now = <Link to={`/r/${form.key}/${id}`}>{t("history:back_to_now")}</Link>;
  if (error instanceof Problem && error.status === 404) return <Empty actions={now}>{t("history:absent_then")}</Empty>;
  return <Failure error={error} actions={now} />;
}

function Body({ form, record, at }: { form: Form; record: RecordAnswer; at: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [params] = useSearchParams();
  const [tab, setTab] = useState(params.get("tab") ?? "facts");
  const name = useCollectionName(form);
  const row: Row = { id: record.id, ...record.values };
  const collection = form.collections.find((c) => c.key === tab);
  const tabs = [
    { key: "facts", label: t("records:overview") },
    ...form.collections.map((c) => ({ key: c.key, label: name(c) })),
  ];
  return (
    <>
      <Tabs items={tabs} active={collection ? tab : "facts"} onChange={setTab} label={t("records:parts")} />
      <div className="record-body">
        {collection ? (
          <RelatedList key={collection.key} form={form} record={record} collection={collection} at={at} />
        ) : (
          <dl className="facts">
            {form.fields
              .filter((f) => f.key in record.values)
              .map((f) => {
                const value = record.values[f.key];
                const list = Array.isArray(value) && typeof value[0] === "object" ? named(value) : null;
                return (
                  <div key={f.key} className={f.kind === "long_text" ? "wide" : undefined}>
                    <dt>{label(f)}</dt>
                    <dd>{list ?? <Cell field={f} value={value} row={row} />}</dd>
                  </div>
                );
              })}
          </dl>
        )}
      </div>
    </>
  );
}
