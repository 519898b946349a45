import { Button } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Kbd, Moment, PersonName, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { isOpen } from "./alert_model";
import type { Alert } from "./api";
import { SeverityChip } from "./severity";
import { WhyAlert } from "./why";

/** Beyond whom it went since nobody had seen it. */
export function Escalation({ one }: { one: Alert }) {
  const { t } = useTranslation();
  if (one.escalated_at)
    return (
      <Chip tone="urgent" icon="arrowUp">
        {one.escalated_to ? t("rules:escalated_to", { name: one.escalated_to }) : t("rules:escalated")}
      </Chip>
    );
  return null;
}

export function AlertState({ one }: { one: Alert }) {
  const { t } = useTranslation();
  switch (one.state) {
    case "acknowledged":
      return (
        <Chip tone="info" icon="eye">
          {t("rules:alert_acknowledged")}
        </Chip>
      );
    case "resolved":
      return (
        <Chip tone="brand" icon="check">
          {t("rules:alert_resolved")}
        </Chip>
      );
    case "dismissed":
      return <Chip icon="forbid">{t("rules:alert_dismissed")}</Chip>;
    default:
      return null;
  }
}

export function AlertRow({
  one,
  focused,
  busy,
  why,
  onFocus,
  onWhy,
  onSeen,
  onDismiss,
}: {
  one: Alert;
  focused: boolean;
  busy: boolean;
  why: boolean;
  onFocus: () => void;
  onWhy: (open: boolean) => void;
  onSeen: () => void;
  onDismiss: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (focused) row.current?.scrollIntoView({ block: "nearest" });
  }, [focused]);
  const open = isOpen(one);
  const to = `/r/${one.form}/${one.record_id}`;
  const settled = one.why
    ? one.state === "resolved"
      ? t(`rules:resolved_${one.why}`, { defaultValue: one.why })
      : t("rules:because", { why: one.why })
    : "";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's keys (j, k, a, d) do the same
    <li
      ref={row}
      className={`alert-row ${focused ? "focused" : ""} ${open ? "" : "done"}`}
      aria-current={focused}
      onClick={onFocus}
    >
      <span className="alert-severity">
        <SeverityChip value={one.severity} />
      </span>
      <span className="alert-text">
        <Link to={to} className="bare-link cut">
          <b>{one.title ?? `#${one.record_id}`}</b>
        </Link>
        <span className="grey-2 small cut">
          {label(one)}
          {settled && <> · {settled}</>}
          {one.open_tasks > 0 && (
            <>
              {" · "}
              <Link to={to} className="task-link">
                {t("rules:open_tasks", { count: one.open_tasks })}
              </Link>
            </>
          )}
        </span>
      </span>
      <span className="alert-chips">
        <Escalation one={one} />
        <AlertState one={one} />
      </span>
      <span className="alert-owner">
        {one.owner_id === null ? <span className="grey">{t("rules:nobody")}</span> : <PersonName name={one.owner} />}
      </span>
      <span className="alert-when grey-2">
        <Moment value={open ? one.opened_at : one.settled_at} />
      </span>
      <span className="row alert-acts">
        {open && (focused || phone) && (
          <>
            {one.state === "open" && (
              <Button size="small" type="primary" loading={busy} onClick={onSeen}>
                {t("rules:acknowledge")}
              </Button>
            )}
            {one.state === "open" && <Kbd>A</Kbd>}
            <Button size="small" disabled={busy} onClick={onDismiss}>
              {t("rules:dismiss")}
            </Button>
            <Kbd>D</Kbd>
          </>
        )}
        <WhyAlert id={one.id} form={one.form} title={label(one)} open={why} onOpen={onWhy} />
      </span>
    </li>
  );
}
