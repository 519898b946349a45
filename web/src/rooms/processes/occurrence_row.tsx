import { Popover } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Day, format, Icon, Moment, useClock } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import type { Decided, Listed, Planned } from "./api";
import { lateness } from "./plan_model";
import { useReason } from "./use_reason";

/** One line of plan or ledger: when, what, for which record, and how it came out. */
export function OccurrenceRow({ row, processes }: { row: Decided | Planned; processes: readonly Listed[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const { zone } = useClock();
  const process = processes.find((p) => p.key === row.process);
  const form = forms.find((f) => f.key === row.form);
  const { time } = format.local(row.due_at, zone);
  return (
    <li className="occurrence">
      <time dateTime={row.due_at} className="grey-2">
        {time}
      </time>
      <Icon name={row.kind === "start" ? "play" : "clock"} size={16} style={{ color: "var(--info)" }} />
      <span className="occurrence-what">
        <span className="cut">{label(row)}</span>
        <span className="grey cut">
          {process ? <Link to={`/processes/${process.key}`}>{label(process)}</Link> : row.process}
        </span>
      </span>
      <span className="cut">
        {row.record_title ? (
          <Link to={`/r/${row.form}/${row.record_id}`}>{row.record_title}</Link>
        ) : (
          <span className="grey">{t("no_right")}</span>
        )}
        <span className="grey"> {form ? label(form) : ""}</span>
      </span>
      <span className="grey-2 occurrence-basis">
        {row.basis && (
          <>
            {t("processes:basis")} <Day value={row.basis} />
          </>
        )}
      </span>
      <span className="occurrence-state">
        <Why row={row} />
      </span>
    </li>
  );
}

function Why({ row }: { row: Decided | Planned }) {
  const { t } = useTranslation();
  const reason = useReason();
  const decided = "outcome" in row ? row : null;
  const sentence = decided
    ? decided.outcome === "skipped"
      ? t("processes:why_skipped", { reason: reason(decided.reason) })
      : t(`processes:why_${decided.outcome}`)
    : "held" in row && row.held
      ? t("processes:why_on_hold")
      : !(row as Planned).wanted
        ? t("processes:why_unwanted")
        : t((row as Planned).certain ? "processes:why_certain" : "processes:why_expected");
  return (
    <Popover
      trigger="click"
      placement="leftTop"
      content={
        <div className="why">
          <b>{sentence}</b>
          <dl>
            <dt>{t("processes:due")}</dt>
            <dd>
              <Moment value={row.due_at} />
            </dd>
            {decided && (
              <>
                <dt>{t("processes:decided")}</dt>
                <dd>
                  <Moment value={decided.decided_at} />
                </dd>
              </>
            )}
            {decided?.held_at && (
              <>
                <dt>{t("processes:held_at")}</dt>
                <dd>
                  <Moment value={decided.held_at} />
                </dd>
              </>
            )}
            <dt>{t("processes:basis")}</dt>
            <dd>
              <Day value={row.basis} />
            </dd>
          </dl>
        </div>
      }
    >
      <button type="button" className="bare">
        <State row={row} />
        <span className="sr">
          {t("why")} {sentence}
        </span>
      </button>
    </Popover>
  );
}

function State({ row }: { row: Decided | Planned }) {
  const { t } = useTranslation();
  const reason = useReason();
  if (!("outcome" in row)) {
    if (row.held)
      return (
        <Chip tone="review" icon="pause">
          {t("processes:on_hold")}
        </Chip>
      );
    if (!row.wanted) return <Chip icon="forbid">{t("processes:would_skip")}</Chip>;
    return (
      <Chip icon={row.certain ? "calendar" : "hourglass"}>
        {t(row.certain ? "processes:certain" : "processes:expected")}
      </Chip>
    );
  }
  if (row.outcome === "fired")
    return (
      <Chip tone="brand" icon="check">
        {t("processes:outcome_fired")}
      </Chip>
    );
  if (row.outcome === "late") {
    const { unit, count } = lateness(row.late_s);
    return (
      <Chip tone="warn" icon="clock">
        {t(`processes:late_${unit}`, { count })}
      </Chip>
    );
  }
  if (row.outcome === "held")
    return (
      <Chip tone="review" icon="pause">
        {t("processes:outcome_held")}
      </Chip>
    );
  return (
    <Chip icon="forbid">
      {t("processes:outcome_skipped")} · {reason(row.reason)}
    </Chip>
  );
}
