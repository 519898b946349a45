import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Day, Empty, Fetched, format, Icon, useClock } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { type Listed, ledgerQuery, MOST, type PlanShape, planQuery } from "./api";
import { DayList } from "./day_list";
import { byRecord, type OfRecord } from "./plan_model";
import "./plan.css";

const STEP = 100; // lines drawn at once

/** Plan and ledger record by record: what comes next for each, its whole way on opening. */
export function PlanRecords({
  shape,
  processes,
}: {
  shape: PlanShape & { days: number };
  processes: readonly Listed[];
}) {
  const { t } = useTranslation();
  const [sought, seek] = useState("");
  const [most, setMost] = useState(STEP);
  const ledger = useQuery({ ...ledgerQuery(shape), placeholderData: keepPreviousData });
  const plan = useQuery({ ...planQuery(shape), placeholderData: keepPreviousData });
  const both = plan.data ? ledger : plan;
  return (
    <Fetched of={both} rows={12}>
      {() => {
        const all = byRecord(ledger.data ?? [], plan.data ?? []);
        const text = sought.trim().toLowerCase();
        const some = text ? all.filter((one) => one.title?.toLowerCase().includes(text)) : all;
        const cut = (ledger.data?.length ?? 0) === MOST || (plan.data?.length ?? 0) === MOST;
        if (!all.length) return <Empty>{t("processes:records_none", { count: shape.days })}</Empty>;
        return (
          <>
            <p className="plan-filter row">
              <Input
                value={sought}
                allowClear
                size="small"
                style={{ maxWidth: 220 }}
                prefix={<Icon name="search" size={14} />}
                placeholder={t("processes:records_seek")}
                aria-label={t("processes:records_seek")}
                onChange={(e) => seek(e.target.value)}
              />
              <span className="grey">{t("processes:records_found", { count: some.length })}</span>
            </p>
            {some.length === 0 && <Empty>{t("processes:records_no_such")}</Empty>}
            <ul>
              {some.slice(0, most).map((one) => (
                <Row key={`${one.form}.${one.id}`} one={one} processes={processes} />
              ))}
            </ul>
            {some.length > most && (
              <p className="plan-more">
                <button type="button" className="bare" onClick={() => setMost(most + STEP)}>
                  {t("processes:show_more", { count: Math.min(STEP, some.length - most) })}
                </button>
              </p>
            )}
            {cut && <p className="grey plan-more">{t("processes:most", { count: MOST })}</p>}
          </>
        );
      }}
    </Fetched>
  );
}

function Row({ one, processes }: { one: OfRecord; processes: readonly Listed[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForms().find((f) => f.key === one.form);
  const { zone } = useClock();
  const [open, setOpen] = useState(false);
  const next = one.coming[0];
  const last = one.done[0];
  const rows = [...one.coming].reverse();
  return (
    <li className="plan-record">
      <div className="plan-record-line">
        <button
          type="button"
          className="icon-button"
          aria-expanded={open}
          aria-label={t("open")}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "up" : "down"} size={14} />
        </button>
        <span className="cut">
          {one.title ? (
            <Link to={`/r/${one.form}/${one.id}`}>{one.title}</Link>
          ) : (
            <span className="grey">{t("no_right")}</span>
          )}
          <span className="grey"> {form ? label(form) : ""}</span>
        </span>
        <span className="cut">
          {next ? (
            <>
              <span className="grey-2">{t("processes:records_next")} </span>
              {label(next)} <Day value={format.local(next.due_at, zone).day} />
            </>
          ) : (
            <span className="grey">{t("processes:records_nothing")}</span>
          )}
        </span>
        <span className="cut grey-2">
          {last && (
            <>
              {t("processes:records_last")} {label(last)} <Day value={format.local(last.due_at, zone).day} />
            </>
          )}
        </span>
        <span className="grey-2">{t("processes:items", { count: one.done.length + one.coming.length })}</span>
      </div>
      {open && (
        <div className="plan-record-way">
          <DayList rows={[...rows, ...one.done]} processes={processes} unfold />
        </div>
      )}
    </li>
  );
}
