import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { DaysLeft, format, Icon, Money, useClock, usePhone } from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { type RecordAnswer, type Row, relatedQuery } from "@/rooms/records";
import { AddRelated } from "@/rooms/records/add_related";
import { collectionCountQuery } from "./api";
import { inLanes, type Span } from "./line";
import "./customer.css";

interface Term extends Span {
  row: Row;
  state: "past" | "running" | "next" | "planned";
  amount: string | null;
  name: string;
}
const MOST = 100;
const LANES = 8; // more than that scroll
const ON_PHONE = 5;
const NARROW = 7; // per cent of the line: no amount would fit
const AFTER_DAYS = 20; // the line goes on a little behind the last day
const TODAY = 18; // px below the lanes, for the word

/** Contracts and the like on one line of years: past, running, next; what is only planned is dashed. */
export function Terms({ form, record }: { form: Form; record: RecordAnswer }) {
  const terms = form.overview?.terms;
  const collection = form.collections.find((c) => c.key === terms?.of);
  const child = useForm(collection?.form ?? "");
  const { today } = useClock();
  const phone = usePhone();
  const has = (key: string) => child?.fields.some((f) => f.key === key) ?? false;
  const wanted = terms
    ? [terms.start, terms.until, terms.amount, terms.next_from, terms.next_until, terms.next_amount]
    : [];
  const columns = [...new Set([...wanted, child?.title, "open", "status"])].filter(
    (k) => typeof k === "string" && has(k),
  );
  const sort = terms ? [{ field: terms.start, descending: true }] : [];
  const rows = useQuery({
    ...relatedQuery(form.key, record.id, terms?.of ?? "", columns as string[], MOST, sort),
    enabled: terms != null && child !== undefined,
  }).data?.rows;
  const full = rows?.length === MOST;
  const counted = useQuery({
    ...collectionCountQuery(collection?.form ?? "", collection?.field ?? "", record.id),
    enabled: full && collection !== undefined,
  }).data?.count;
  if (!terms || !child || !rows) return null;
  const text = (row: Row, key: string | null | undefined) => (key && row[key] ? String(row[key]) : null);
  const known: Term[] = rows.flatMap((row) => {
    const [from, until] = [text(row, terms.start), text(row, terms.until)];
    if (!from || !until) return [];
    const over = row.open === false || (row.open === undefined && until < today);
    const state = over ? "past" : from > today ? "next" : "running";
    const name = (child.title && text(row, child.title)) || `#${row.id}`;
    return [{ id: row.id, row, from, until, state, amount: text(row, terms.amount), name }];
  });
  if (known.length === 0)
    return collection && rows.length === 0 ? <NoTerms child={child} field={collection.field} record={record} /> : null;
  const last = known.reduce((a, b) => (a.until > b.until ? a : b));
  const [from, until] = [text(last.row, terms.next_from), text(last.row, terms.next_until)];
  const planned: Term[] =
    last.state === "running" && from && until
      ? [{ ...last, from, until, state: "planned", amount: text(last.row, terms.next_amount) }]
      : [];
  const count = full ? (counted ?? MOST) : known.length;
  return phone ? (
    <Running
      child={child}
      terms={known.filter((k) => k.state === "running")}
      today={today}
      all={{ to: `/r/${form.key}/${record.id}?tab=${terms.of}`, count }}
    />
  ) : (
    <Years child={child} terms={[...known, ...planned]} today={today} count={count} shown={known.length} />
  );
}

/** Nothing runs yet: the first one is added here. */
function NoTerms({ child, field, record }: { child: Form; field: string; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [adding, setAdding] = useState(false);
  return (
    <section className="card" aria-label={label(child)}>
      <div className="card-head">
        <h2>{t("customer:line", { label: label(child) })}</h2>
      </div>
      <div className="row no-terms">
        <span className="grey">{t("records:empty", { label: label(child) })}</span>
        {child.may.includes("create") && (
          <Button size="small" icon={<Icon name="plus" size={13} />} onClick={() => setAdding(true)}>
            {t("shell:new_of", { label: label(child) })}
          </Button>
        )}
      </div>
      {adding && <AddRelated child={child} field={field} record={record} onClose={() => setAdding(false)} />}
    </section>
  );
}

function Years({
  child,
  terms,
  today,
  count,
  shown,
}: {
  child: Form;
  terms: Term[];
  today: string;
  count: number;
  shown: number;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const title = t("customer:line", { label: label(child) });
  const first =
    terms
      .map((x) => x.from)
      .concat(today)
      .sort()[0] ?? today;
  const end =
    terms
      .map((x) => x.until)
      .concat(today)
      .sort()
      .at(-1) ?? today;
  const [firstYear, lastYear] = [Number(first.slice(0, 4)), Number(end.slice(0, 4))];
  const from = `${firstYear}-01-01`;
  const span = format.daysBetween(from, format.addDays(end, AFTER_DAYS));
  const x = (day: string) => (format.daysBetween(from, day) / span) * 100;
  const years = Array.from({ length: lastYear - firstYear + 1 }, (_, i) => firstYear + i);
  const lanes = inLanes(terms);
  const legend = (["past", "running", "planned"] as const).filter((s) => terms.some((x) => x.state === s));
  return (
    <section className="card timeline" aria-label={title}>
      <div className="card-head">
        <h2>{title}</h2>
        <span className="grey">
          {t(shown < count ? "customer:n_terms_newest" : "customer:n_terms", {
            n: count.toLocaleString("en"),
            noun: child.noun,
            shown,
          })}
        </span>
        <span className="spread" />
        {legend.map((state) => (
          <span key={state} className="row small grey-2 timeline-legend">
            <span className={`timeline-${state}`} aria-hidden="true" />
            {t(`customer:term_${state}`)}
          </span>
        ))}
      </div>
      <div className="timeline-scroll" style={{ maxHeight: 32 + LANES * 28 + TODAY }}>
        <div className="timeline-box" style={{ height: 28 + Math.max(...lanes.map((l) => l.lane + 1)) * 28 + TODAY }}>
          {years
            .filter((y) => x(`${y}-01-01`) < 96)
            .map((y) => (
              <span key={y} className="timeline-year" style={{ left: `${x(`${y}-01-01`)}%` }}>
                {y}
              </span>
            ))}
          {lanes.map((one) => {
            const left = x(one.from);
            const width = Math.max(1, x(format.addDays(one.until, 1)) - left);
            const amount = one.amount ? format.money(one.amount, 0) : "";
            const lead =
              one.state === "planned" ? t("customer:planned") : one.state === "past" && amount ? "" : one.name;
            const words = `${lead} ${amount}`.trim();
            return (
              <button
                type="button"
                key={`${one.state}${one.id}`}
                className={`timeline-bar timeline-${one.state}`}
                style={{ left: `${left}%`, width: `calc(${width}% - 2px)`, top: 26 + one.lane * 28 }}
                aria-label={words}
                title={`${words} ${one.from} ${t("records:until")} ${one.until}`}
                onClick={() => void navigate(`/r/${child.key}/${one.id}`)}
              >
                {width > NARROW && (
                  <>
                    {lead && <span className="cut">{lead}</span>} {amount && <span className="nowrap">{amount}</span>}
                  </>
                )}
              </button>
            );
          })}
          <span className="timeline-today" style={{ left: `${x(today)}%` }}>
            <span>{t("today")}</span>
          </span>
        </div>
      </div>
    </section>
  );
}

/** On a phone, how far each running one has come. */
function Running({
  child,
  terms,
  today,
  all,
}: {
  child: Form;
  terms: Term[];
  today: string;
  all: { to: string; count: number };
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  if (terms.length === 0) return null;
  return (
    <section className="card running">
      <div className="card-head">
        <h2>{t("customer:running", { label: label(child) })}</h2>
      </div>
      {[...terms]
        .sort((a, b) => a.until.localeCompare(b.until))
        .slice(0, ON_PHONE)
        .map((one) => {
          const whole = Math.max(1, format.daysBetween(one.from, one.until));
          const gone = Math.max(0, format.daysBetween(one.from, today));
          return (
            <button
              key={one.id}
              type="button"
              className="bare running-one"
              onClick={() => void navigate(`/r/${child.key}/${one.id}`)}
            >
              <span className="row">
                <span className="cut">{one.name}</span>
                <DaysLeft end={one.until} />
                <span className="spread" />
                <Money value={one.amount} />
              </span>
              <span className="running-track">
                <span style={{ width: `${Math.min(100, (gone / whole) * 100)}%` }} />
              </span>
              <span className="running-foot small grey">
                <span>{one.from}</span>
                <span>{t("customer:gone", { count: gone })}</span>
                <span>{one.until}</span>
              </span>
            </button>
          );
        })}
      {terms.length > ON_PHONE && (
        <Link to={all.to}>{t("customer:all_of", { n: all.count.toLocaleString("en"), noun: child.noun })}</Link>
      )}
    </section>
  );
}
