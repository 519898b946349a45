import { keepPreviousData, useIsFetching, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { Empty, Fetched, Head, Icon, Page, Tabs, useClock, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { peopleQuery, useMe } from "@/rooms/people";
import { ledgerQuery, MOST, planQuery, processesQuery, proofQuery, uncoveredQuery } from "./api";
import { DayList } from "./day_list";
import { DoctorList } from "./doctor_list";
import { PlanCalendar } from "./plan_calendar";
import { SPANS, TABS, type Tab } from "./plan_model";
import { PlanRecords } from "./plan_records";
import { ProofBar } from "./proof_bar";
import { UncoveredList } from "./uncovered_list";
import { useReason } from "./use_reason";
import "./processes.css";

/** 计划与台账: what will happen, what did, and the proof that nothing is missing. */
export function PlanPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [params] = useSearchParams();
  const asked = params.get("tab") as Tab;
  const phone = usePhone();
  const maySimulate = me.may.includes("simulation") || me.may.includes("design");
  const mayCheck = me.may.includes("design");
  const tabs = TABS.filter((x) => x !== "doctor" || mayCheck);
  const tab = tabs.includes(asked) ? asked : phone ? "ledger" : "calendar";
  const { today } = useClock();
  const days = SPANS.find((n) => n === Number(params.get("days"))) ?? 30;
  const process = params.get("process") ?? "";
  const owner = Number(params.get("owner")) || undefined;
  const shape = { ...(process && { process }), ...(owner && { owner }) };
  const processes = useQuery(processesQuery).data ?? [];
  const people = (useQuery(peopleQuery).data ?? []).filter((p) => p.active || p.id === owner);
  const proof = useQuery({ ...proofQuery(days), placeholderData: keepPreviousData });
  const uncovered = useQuery(uncoveredQuery).data;
  const busy = useIsFetching({ predicate: (q) => ["plan", "doctor"].includes(String(q.queryKey[0])) }) > 0;

  function address(change: Record<string, string>): string {
    const next = new URLSearchParams();
    if (process) next.set("process", process);
    if (owner) next.set("owner", String(owner));
    if (days !== 30) next.set("days", String(days));
    for (const [k, v] of Object.entries(change)) if (v) next.set(k, v);
    return `/plan?${next}`;
  }
  const go = (change: Record<string, string>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(change))
      if (value) next.set(name, value);
      else next.delete(name);
    void navigate(`/plan?${next}`, { replace: true });
  };
  const timed = tab === "ledger" || tab === "plan" || tab === "records";
  return (
    <Page fit>
      <Head
        title={t("shell:plan")}
        fact={t("processes:plan_fact")}
        actions={
          <>
            {timed && (
              <Select
                value={days}
                showSearch={false}
                popupMatchSelectWidth={false}
                aria-label={t("processes:span")}
                onChange={(n) => go({ days: n === 30 ? "" : String(n) })}
                options={SPANS.map((n) => ({
                  value: n,
                  label: t(`processes:${SPAN_WORDS[tab] ?? "last_days"}`, { count: n }),
                }))}
              />
            )}
            <Select
              value={process}
              popupMatchSelectWidth={false}
              aria-label={t("processes:process")}
              onChange={(key) => go({ process: key })}
              options={[
                { value: "", label: t("processes:all_processes") },
                ...processes.map((p) => ({ value: p.key, label: label(p) })),
              ]}
            />
            {tab !== "uncovered" && tab !== "doctor" && !phone && (
              <Select
                value={owner}
                popupMatchSelectWidth={false}
                aria-label={t("processes:owner")}
                placeholder={t("processes:all_owners")}
                allowClear
                showSearch={{ optionFilterProp: "label" }}
                onChange={(id: number | undefined) => go({ owner: id ? String(id) : "" })}
                options={people.map((p) => ({ value: p.id, label: p.name }))}
              />
            )}
            {maySimulate && !phone && (
              <Button icon={<Icon name="flask" size={15} />} onClick={() => void navigate("/simulations")}>
                {t("processes:simulate")}
              </Button>
            )}
          </>
        }
      />
      {proof.data && (
        <ProofBar
          proof={proof.data}
          days={days}
          address={address}
          busy={busy}
          onCheck={() => {
            for (const key of ["plan", "ledger", "uncovered", "doctor"])
              void client.invalidateQueries({ queryKey: [key] });
          }}
        />
      )}
      <section className="card card-flush plan-card">
        <Tabs
          label={t("shell:plan")}
          active={tab}
          items={tabs.map((key) => ({
            key,
            label: t(`processes:tab_${key}`),
            to: address({ tab: key }),
            count: key === "uncovered" ? uncovered?.length : undefined,
          }))}
          extra={NOTED.includes(tab) && <span className="grey plan-note">{t(`processes:note_${tab}`)}</span>}
        />
        <div className="list-scroll">
          {tab === "calendar" && (
            <PlanCalendar
              at={params.get("month") ?? today}
              chosen={params.get("day")}
              {...shape}
              processes={processes}
              onGo={(at, day) => go({ month: at.slice(0, 7) === today.slice(0, 7) ? "" : at, day: day ?? "" })}
            />
          )}
          {tab === "ledger" && <Ledger days={days} shape={shape} params={params} clear={address({ tab: "ledger" })} />}
          {tab === "plan" && <Plan days={days} shape={shape} />}
          {tab === "records" && <PlanRecords shape={{ ...shape, days }} processes={processes} />}
          {tab === "uncovered" && <UncoveredList processes={processes} process={process} />}
          {tab === "doctor" && <DoctorList />}
        </div>
      </section>
    </Page>
  );
}

const NOTED: readonly Tab[] = ["calendar", "ledger", "plan", "records"];
const SPAN_WORDS: Partial<Record<Tab, string>> = { plan: "next_days", records: "around_days" };

interface Shape {
  process?: string;
  owner?: number;
}

function Ledger({
  days,
  shape: given,
  params,
  clear,
}: {
  days: number;
  shape: Shape;
  params: URLSearchParams;
  clear: string;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const reasonText = useReason();
  const outcome = params.get("outcome") ?? "";
  const reason = params.get("reason") ?? "";
  const processes = useQuery(processesQuery).data ?? [];
  const shape = { days, ...given, ...(outcome && { outcome }), ...(reason && { reason }) };
  const found = useQuery({ ...ledgerQuery(shape), placeholderData: keepPreviousData });
  const filtered = outcome !== "";
  const back = () => void navigate(clear);
  return (
    <Fetched of={found} rows={12}>
      {(rows) => (
        <>
          {filtered && (
            <p className="plan-filter row">
              <span className="chip chip-brand">
                {t(`processes:outcome_${outcome}`)}
                {reason && ` · ${reasonText(reason)}`}
                <button type="button" className="bare" aria-label={t("clear")} onClick={back}>
                  <Icon name="close" size={12} />
                </button>
              </span>
              <span className="grey">{t("processes:items", { count: rows.length })}</span>
            </p>
          )}
          {rows.length === 0 ? (
            <Empty actions={filtered && <Button onClick={back}>{t("clear")}</Button>}>
              {filtered ? t("processes:none_such") : t("processes:none_decided", { count: days })}
            </Empty>
          ) : (
            <DayList rows={rows} processes={processes} unfold={filtered} />
          )}
          {rows.length === MOST && <p className="grey plan-more">{t("processes:most", { count: MOST })}</p>}
        </>
      )}
    </Fetched>
  );
}

function Plan({ days, shape }: { days: number; shape: Shape }) {
  const { t } = useTranslation();
  const processes = useQuery(processesQuery).data ?? [];
  const found = useQuery({ ...planQuery({ days, ...shape }), placeholderData: keepPreviousData });
  return (
    <Fetched
      of={found}
      rows={12}
      none={found.data?.length === 0 && <Empty>{t("processes:none_planned", { count: days })}</Empty>}
    >
      {(rows) => (
        <>
          <DayList rows={rows} processes={processes} />
          {rows.length === MOST && <p className="grey plan-more">{t("processes:most_plan", { count: MOST })}</p>}
        </>
      )}
    </Fetched>
  );
}
