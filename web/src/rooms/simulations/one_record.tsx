import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { Card, Empty, format, Icon, type IconName, Lines, useClock } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { type Entry, entriesQuery, type Simulation } from "./api";
import { onlyHere } from "./model";

const ICONS: Record<Entry["kind"], IconName> = {
  open: "clock",
  task: "todo",
  approval: "approval",
  message: "mail",
  change: "archive",
  renewed: "archive",
};

/** One record step by step: when, who, what led there; `record` in the address says which. Steps that `beside` has not
 *  are marked. */
export function OneRecord({ one, beside }: { one: Simulation; beside?: Simulation | undefined }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const all = useQuery(entriesQuery(one.id, {}));
  const asked = params.get("record");
  const records = useMemo(() => {
    const found = new Map<string, string>();
    for (const e of all.data ?? []) if (e.record_id !== null) found.set(`${e.form}.${e.record_id}`, e.record);
    if (asked && !found.has(asked)) found.set(asked, t("simulations:this_record"));
    return [...found].map(([value, label]) => ({ value, label }));
  }, [all.data, asked, t]);
  const chosen = asked ?? records[0]?.value ?? null;
  const [form, id] = chosen?.split(".") ?? [];
  const shape = { form: form ?? "", record_id: Number(id ?? 0) };
  const steps = useQuery({ ...entriesQuery(one.id, shape), enabled: chosen !== null });
  const others = useQuery({
    ...entriesQuery(beside?.id ?? 0, shape),
    enabled: chosen !== null && beside !== undefined,
  });
  const fresh = useMemo(
    () => (beside && steps.data && others.data ? onlyHere(steps.data, others.data) : new Set<number>()),
    [beside, steps.data, others.data],
  );
  return (
    <Card
      title={t("simulations:one_record")}
      extra={
        records.length > 0 && (
          <Select
            value={chosen}
            options={records}
            onChange={(value) => {
              const next = new URLSearchParams(params);
              if (value) next.set("record", value);
              setParams(next, { replace: true, preventScrollReset: true });
            }}
            showSearch={{ optionFilterProp: "label" }}
            popupMatchSelectWidth={false}
            style={{ minWidth: 150 }}
            aria-label={t("simulations:choose_record")}
          />
        )
      }
    >
      {all.isSuccess && records.length === 0 ? (
        <Empty>{t("simulations:no_tasks")}</Empty>
      ) : !steps.data ? (
        <Lines rows={5} />
      ) : steps.data.length === 0 ? (
        <Empty>{t("simulations:nothing_comes")}</Empty>
      ) : (
        <>
          <ol className="future">
            {steps.data.map((e, i) => (
              <Step key={i} entry={e} fresh={fresh.has(i)} />
            ))}
          </ol>
          {form && id && (
            <p className="future-more">
              <Link to={`/r/${form}/${id}`}>{t("simulations:open_record")}</Link>
            </p>
          )}
        </>
      )}
    </Card>
  );
}

function Step({ entry: e, fresh }: { entry: Entry; fresh: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { today, zone } = useClock();
  const { day, time } = format.local(e.at, zone);
  const days = e.done_at ? Math.max(0, Math.round((Date.parse(e.done_at) - Date.parse(e.at)) / 86_400_000)) : null;
  const why = e.why?.entry
    ? t(`simulations:entry_${e.why.entry}`)
    : e.why?.label
      ? t("simulations:because", {
          name: label({ label: e.why.label, label_en: e.why.label_en ?? "" }),
          way: e.why.otherwise ? t("simulations:otherwise") : (e.why.way ?? ""),
        })
      : "";
  return (
    <li className={fresh ? "fresh" : undefined}>
      <time dateTime={e.at} className="grey-2 nowrap" title={`${day} ${time}`}>
        {e.kind === "open" ? t("simulations:now") : format.date(day, { short: true, today })}
      </time>
      <span className="future-mark">
        <Icon name={ICONS[e.kind]} size={15} />
      </span>
      <span className="future-what">
        <span>
          {e.kind === "open" ? t("simulations:waits_for", { what: e.label }) : e.label}
          {e.name && <span className="grey-2"> · {e.name}</span>}
        </span>
        {why && <span className="grey small">{why}</span>}
      </span>
      <span className="grey nowrap small">
        {fresh && <b className="good">{t("simulations:fresh")} </b>}
        {(e.kind === "task" || e.kind === "approval" || e.kind === "open") &&
          (e.done_at
            ? [e.outcome || t("simulations:is_done"), t("simulations:assumed_days", { n: days ?? 0 })].join(" · ")
            : t("simulations:not_done"))}
      </span>
    </li>
  );
}
