import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import {
  Card,
  Chip,
  Day,
  Empty,
  Failure,
  Fetched,
  format,
  Icon,
  Lines,
  More,
  PersonName,
  SmallTable,
  useClock,
} from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { type Later, type Tested, testedQuery, testedWhyQuery, WHATS, type What } from "./api";
import { WhyTree } from "./why";
import { useRuleWords } from "./words";

/** 会触发的客户: when, what was read, whose it was, and what became of it. */
export function BacktestRecords({ id, form: key, known }: { id: number; form: string; known: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForm(key);
  const words = useRuleWords(key);
  const { zone } = useClock();
  const [what, setWhat] = useState<What>("all");
  const found = useInfiniteQuery(testedQuery(id, what, 0));
  const counts = found.data?.pages[0]?.counts;
  const rows = found.data?.pages.flatMap((page) => page.rows) ?? [];
  const whats = known ? WHATS : (["all", "gaps"] as const);
  const name = form ? label(form) : key;
  return (
    <Card
      flush
      title={t("rules:would_fire_for", { label: name })}
      {...(counts ? { fact: String(counts.all) } : {})}
      extra={
        <div className="row rule-whats" role="group" aria-label={t("rules:filter")}>
          {whats.map((one) => (
            <button
              key={one}
              type="button"
              className="bare rule-what"
              aria-pressed={one === what}
              onClick={() => setWhat(one)}
            >
              {t(`rules:what_${one}`)} {counts?.[one]}
            </button>
          ))}
        </div>
      }
    >
      <Fetched of={found} rows={5} none={rows.length === 0 && <Empty>{t(`rules:none_${what}`)}</Empty>}>
        {() => (
          <>
            <SmallTable
              scrolls
              columns={[
                name,
                t("rules:fired_at"),
                t("rules:read_then"),
                t("rules:owner"),
                ...(known ? [t("rules:later")] : []),
                { sr: t("why") },
              ]}
            >
              {rows.map((one) => (
                <tr key={one.record_id}>
                  <td>
                    <Link to={`/r/${key}/${one.record_id}`} target="_blank" className="cut rule-tested">
                      {one.title ?? `#${one.record_id}`}
                    </Link>
                  </td>
                  <td className="nowrap">
                    <Day value={format.local(one.at, zone).day} />
                    {one.times > 1 && <span className="grey small"> {t("rules:n_times", { n: one.times })}</span>}
                  </td>
                  <td>
                    <Facts one={one} form={form} labelled={words.labelled} />
                  </td>
                  <td>
                    <PersonName name={one.owner} />
                  </td>
                  {known && (
                    <td>
                      <Became later={one.later} />
                    </td>
                  )}
                  <td className="right">
                    <Why id={id} one={one} form={key} />
                  </td>
                </tr>
              ))}
            </SmallTable>
            {found.hasNextPage && (
              <p className="alert-more">
                <More of={found} label={t("messages:more")} />
              </p>
            )}
          </>
        )}
      </Fetched>
    </Card>
  );
}

const FACTS = 2;
const RUN = /^STREAK\((.+), "(week|day)"\)$/;
/** What the condition read when it fired: values, or how long a run had been. */
function Facts({ one, form, labelled }: { one: Tested; form: Form | undefined; labelled: (text: string) => string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const fieldOf = (text: string) => form?.fields.find((f) => f.key === text);
  const ofField = (text: string, value: unknown): string | null => {
    const field = fieldOf(text);
    if (!field || value === null || value === undefined) return null;
    const option = field.options?.find((o) => o.key === value);
    if (option) return label(option);
    const kind = field.kind === "formula" ? field.type : field.kind;
    return kind === "money" ? format.money(String(value), 0) : null;
  };
  const said = (value: unknown): string =>
    value === null || value === undefined
      ? format.BLANK
      : typeof value === "boolean"
        ? t(value ? "yes" : "no")
        : Array.isArray(value)
          ? value.map(said).join(" → ")
          : String(value);
  const told = Object.entries(one.facts).map(([text, value]) => {
    const run = RUN.exec(text);
    return run
      ? { text, name: labelled(run[1] ?? ""), value: t(`rules:run_${run[2]}s`, { n: Number(value) }) }
      : { text, name: labelled(text.replace(/^READINGS? /, "")), value: ofField(text, value) ?? said(value) };
  });
  return (
    <span className="nowrap" title={told.map((x) => `${x.name}：${x.value}`).join("\n")}>
      {told.slice(0, FACTS).map((x) => (
        <span key={x.text} className="rule-read-fact">
          <span className="grey small">{x.name}</span> <b>{x.value}</b>
        </span>
      ))}
    </span>
  );
}

/** 2026-08-02 流失 · 价格 */
function Became({ later }: { later: Later }) {
  const { t } = useTranslation();
  const label = useLabel();
  if (later.state === "lost") {
    const why = later.reason
      ? label({ label: later.reason_label ?? later.reason, label_en: later.reason_label_en })
      : "";
    return (
      <Chip tone="urgent" icon="bang">
        {t("rules:became_lost", { day: later.on ?? "" })}
        {why && ` · ${why}`}
      </Chip>
    );
  }
  if (later.state === "renewed")
    return (
      <Chip tone="brand" icon="check">
        {t("rules:became_renewed")}
      </Chip>
    );
  if (later.state === "active")
    return (
      <Chip tone="info">
        {later.days_left === null
          ? t("rules:became_active")
          : later.days_left < 0
            ? t("rules:became_over", { n: -later.days_left })
            : t("rules:became_left", { n: later.days_left })}
      </Chip>
    );
  return <span className="grey">{format.BLANK}</span>;
}

function Why({ id, one, form }: { id: number; one: Tested; form: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const title = one.title ?? `#${one.record_id}`;
  return (
    <Popover
      trigger="click"
      placement="left"
      destroyOnHidden
      open={open}
      onOpenChange={setOpen}
      content={<Then id={id} one={one} form={form} />}
    >
      <button type="button" className="bare rule-why-button" aria-label={t("rules:why_of", { name: title })}>
        <Icon name="help" size={14} />
        {t("why")}
      </button>
    </Popover>
  );
}

function Then({ id, one, form }: { id: number; one: Tested; form: string }) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const found = useQuery(testedWhyQuery(id, one.record_id, one.at, 0));
  if (found.isError) return <Failure error={found.error} />;
  const { day, time } = format.local(one.at, zone);
  return (
    <div className="why">
      <h3>{one.title}</h3>
      {!found.data ? (
        <Lines rows={3} />
      ) : found.data.tree ? (
        <WhyTree part={found.data.tree} form={form} />
      ) : (
        <p className="grey">{t("rules:why_hidden")}</p>
      )}
      <p className="grey small">{t("rules:why_then", { at: `${day} ${time}` })}</p>
    </div>
  );
}
