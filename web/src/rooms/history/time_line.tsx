import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Empty, Face, Fetched, format, Icon, type IconName, useClock } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { changesQuery, type Told, WHO } from "./api";
import { useReason } from "./use_reason";

const ICONS: Record<string, IconName> = {
  process: "flow",
  rule: "flow",
  import: "upload",
  undo: "undo",
  restore: "history",
  merge: "transfer",
  handover: "people",
  publication: "send",
  system: "bolt",
};

/** Who changed what, when and why, newest first, day by day. Choosing a change compares before and after it. */
export function TimeLine({
  form,
  id,
  field,
  who,
  chosen,
  onFilter,
  onChoose,
}: {
  form: Form;
  id: number;
  field: string;
  who: string;
  chosen: string;
  onFilter: (part: { field?: string; who?: string }) => void;
  onChoose: (change: Told) => void;
}) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const { zone, today } = useClock();
  const pages = useInfiniteQuery(changesQuery(form.key, id, field, who ? [who] : []));
  const changes = pages.data?.pages.flatMap((one) => one.changes) ?? [];
  const days = new Map<string, Told[]>();
  for (const one of changes) {
    const day = format.local(one.at, zone).day;
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  const logged = form.fields.filter((f) => f.kind !== "formula");
  return (
    <section className="card card-flush past-line">
      <div className="card-head">
        <h2>{t("history:time_line")}</h2>
        <span className="spread" />
        <Select
          size="small"
          value={field}
          aria-label={t("history:by_field")}
          popupMatchSelectWidth={false}
          showSearch={{ optionFilterProp: "label" }}
          options={[
            { value: "", label: t("history:all_fields") },
            ...logged.map((f) => ({ value: f.key, label: label(f) })),
          ]}
          onChange={(value) => onFilter({ field: value })}
        />
        <Select
          size="small"
          value={who}
          aria-label={t("history:by_who")}
          popupMatchSelectWidth={false}
          options={[
            { value: "", label: t("history:everybody") },
            ...WHO.map((one) => ({ value: one, label: t(`history:who_${one}`) })),
          ]}
          onChange={(value) => onFilter({ who: value })}
        />
      </div>
      <Fetched
        of={pages}
        rows={6}
        none={
          changes.length === 0 && (
            <Empty
              actions={
                (field || who) && (
                  <Button onClick={() => onFilter({ field: "", who: "" })}>{t("records:clear_filter")}</Button>
                )
              }
            >
              {t(field || who ? "history:none_of_these" : "records:no_history")}
            </Empty>
          )
        }
      >
        {() => (
          <ol>
            {[...days].map(([day, told]) => (
              <li key={day}>
                <h3>{format.dateWithWeekday(day, i18n.language === "en" ? "en" : "zh", today)}</h3>
                <ol>
                  {told.map((one) => (
                    <Entry key={one.id} change={one} form={form} on={chosen === `c${one.id}`} onChoose={onChoose} />
                  ))}
                </ol>
              </li>
            ))}
          </ol>
        )}
      </Fetched>
      {pages.hasNextPage && (
        <Button block type="text" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t("history:earlier")}
        </Button>
      )}
    </section>
  );
}

function Entry({
  change,
  form,
  on,
  onChoose,
}: {
  change: Told;
  form: Form;
  on: boolean;
  onChoose: (change: Told) => void;
}) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const { zone } = useClock();
  const { who, why } = useReason();
  const icon: IconName =
    change.op === "delete" ? "trash" : change.op === "create" ? "plus" : (ICONS[change.who] ?? "edit");
  const labels = change.fields.map((f) => {
    const field = change.row ? undefined : form.fields.find((one) => one.key === f.key);
    return field ? label(field) : String(f.label);
  });
  const listed = labels.slice(0, 3).join(i18n.language === "en" ? ", " : "、");
  const did =
    change.op === "update" && labels.length > 0
      ? t(labels.length > 3 ? "history:changed_more" : "history:changed", { count: labels.length, fields: listed })
      : t(`history:did_${change.op}`);
  const because = why(change);
  return (
    <li>
      <button
        type="button"
        className="past-entry"
        aria-current={on}
        disabled={change.row !== null}
        onClick={() => onChoose(change)}
      >
        <time dateTime={change.at}>{format.local(change.at, zone).time}</time>
        <span className="past-icon">
          <Icon name={icon} size={14} />
        </span>
        <span className="past-did">
          <b>
            {change.row && `${String(change.row.label)} · `}
            {did}
          </b>
          <span className="grey">
            {who(change)}
            {because && ` · ${because}`}
          </span>
        </span>
        {change.kind === "person" && change.actor && <Face name={change.actor} size={22} />}
      </button>
    </li>
  );
}
