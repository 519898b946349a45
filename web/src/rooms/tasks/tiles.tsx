import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { format, Icon, type IconName, useClock, usePhone } from "@/kit";
import { useForm } from "@/rooms/forms";
import { countQuery, listAddress } from "@/rooms/records";
import type { Task, Workbench } from "./api";
import { countOf, SHOWN } from "./model";

/**
 * Five figures that are filters. What counts records is counted with the very filter of the list behind it, so the two
 * cannot differ; a figure whose form or field the person does not see is absent.
 */
export function Tiles({
  tasks,
  counts,
  address,
}: {
  tasks: readonly Task[] | undefined;
  counts?: Workbench["counts"] | undefined;
  address: (tab: string) => string;
}) {
  const { t } = useTranslation();
  const clock = useClock();
  const phone = usePhone();
  const today = counts?.today ?? (tasks && countOf(tasks, clock, ["today"]));
  const overdue = counts?.overdue ?? (tasks && countOf(tasks, clock, SHOWN.overdue));
  const high = tasks?.filter((x) => x.priority > 0 && countOf([x], clock, ["today"]) > 0).length ?? 0;
  const most = Math.max(0, ...(tasks ?? []).map((x) => x.late_workdays ?? 0));
  return (
    <div className="tiles">
      <Tile
        icon="todo"
        name={t(phone ? "tasks:tile_today_phone" : "tasks:tile_today")}
        value={today}
        unit={t("tasks:unit_task")}
        to={address("today")}
        fact={high ? t("tasks:tile_high", { count: high }) : t("tasks:tile_no_high")}
      />
      <Tile
        icon="warning"
        name={t(phone ? "tasks:tile_overdue_phone" : "tasks:tile_overdue")}
        value={overdue}
        unit={t("tasks:unit_task")}
        to={address("overdue")}
        bad={(overdue ?? 0) > 0}
        fact={most ? t("tasks:tile_most", { count: most }) : overdue === 0 ? t("tasks:tile_none_late") : ""}
      />
      {!phone && <DueMonth />}
      {!phone && <Soon />}
      <Risk />
      {phone && <DueMonth />}
    </div>
  );
}

const SPAN = "end_date > EOMONTH(TODAY(), -1), end_date <= EOMONTH(TODAY(), 0)";
// lost ones are not expected any more; the same meaning as on the dashboard
const EXPECTED = `AND(${SPAN}, status <> "lost")`;

function DueMonth() {
  const { t } = useTranslation();
  const phone = usePhone();
  const form = useForm("contract");
  const has = (key: string) => form?.fields.some((f) => f.key === key) ?? false;
  const enabled = has("end_date") && has("amount") && has("status") && has("open");
  const sum = has("expected_amount") ? "expected_amount" : "amount";
  const all = useQuery({ ...countQuery("contract", { filter: EXPECTED, search: "" }, [sum]), enabled });
  const renewed = useQuery({
    ...countQuery("contract", { filter: `AND(${SPAN}, status = "renewed")`, search: "" }, [sum]),
    enabled,
  });
  const lost = useQuery({
    ...countQuery("contract", { filter: `AND(${SPAN}, status = "lost")`, search: "" }, []),
    enabled,
  });
  if (!enabled || !form) return null;
  if (phone) {
    const whole = all.data?.sums[sum] ?? "0";
    const part = renewed.data?.sums[sum] ?? "0";
    const share = Number(whole) > 0 ? Math.min(100, (Number(part) / Number(whole)) * 100) : 0;
    return (
      <Link to={listAddress("contract", EXPECTED)} className="tile tile-month">
        <span className="tile-name">{t("tasks:tile_month_phone")}</span>
        <span className="tile-value">
          <b>{format.inUnit(part, "wan").text}</b> / {format.inUnit(whole, "wan").text} {t("tasks:wan")}
        </span>
        <span className="tile-track">
          <span style={{ width: `${share}%` }} />
        </span>
      </Link>
    );
  }
  return (
    <Tile
      icon="contract"
      name={t("tasks:tile_month")}
      value={all.data && format.money(all.data.sums[sum] ?? "0", 0)}
      unit={all.data ? `${all.data.count.toLocaleString("en")} ${t("tasks:unit_contract")}` : ""}
      to={listAddress("contract", EXPECTED)}
      fact={
        all.data && renewed.data && lost.data
          ? t("tasks:tile_month_fact", {
              renewed: renewed.data.count,
              amount: format.money(renewed.data.sums[sum] ?? "0", 0),
              open: all.data.count - renewed.data.count,
              lost: lost.data.count,
            })
          : ""
      }
      wide
    />
  );
}

export const SOON = "AND(open, end_date >= TODAY(), end_date <= TODAY() + 60)";
function Soon() {
  const { t } = useTranslation();
  const form = useForm("contract");
  const enabled = ["end_date", "open", "amount"].every((key) => form?.fields.some((f) => f.key === key));
  const sum = form?.fields.some((f) => f.key === "expected_amount") ? "expected_amount" : "amount";
  const count = useQuery({ ...countQuery("contract", { filter: SOON, search: "" }, [sum]), enabled });
  if (!enabled) return null;
  return (
    <Tile
      icon="clock"
      name={t("tasks:tile_soon")}
      value={count.data?.count.toLocaleString("en")}
      unit={t("tasks:unit_contract")}
      to={listAddress("contract", SOON)}
      fact={count.data?.sums[sum] ? t("tasks:tile_sum", { amount: format.money(count.data.sums[sum], 0) }) : ""}
    />
  );
}

const RISK = "AND(health_score < 60, open_contracts > 0)";
function Risk() {
  const { t } = useTranslation();
  const phone = usePhone();
  const form = useForm("customer");
  const enabled = ["health_score", "open_contracts"].every((key) => form?.fields.some((f) => f.key === key));
  const count = useQuery({ ...countQuery("customer", { filter: RISK, search: "" }), enabled });
  if (!enabled) return null;
  return (
    <Tile
      icon="alert"
      name={t(phone ? "tasks:tile_risk_phone" : "tasks:tile_risk")}
      value={count.data?.count.toLocaleString("en")}
      unit={t("tasks:unit_customer")}
      to={listAddress("customer", RISK)}
      fact={t("tasks:tile_risk_fact")}
    />
  );
}

function Tile({
  icon,
  name,
  value,
  unit,
  fact,
  to,
  bad = false,
  wide = false,
}: {
  icon: IconName;
  name: string;
  value: ReactNode;
  unit: string;
  fact: string;
  to: string;
  bad?: boolean;
  wide?: boolean;
}) {
  return (
    <Link to={to} className={`tile ${wide ? "tile-wide" : ""}`}>
      <span className="tile-name">
        <Icon name={icon} size={16} />
        {name}
      </span>
      <span className="tile-value">
        {value === undefined ? (
          <span className="bone" style={{ width: 64, display: "inline-block" }} />
        ) : (
          <>
            <b className={bad ? "bad" : undefined}>{value}</b> <span className="grey-2">{unit}</span>
          </>
        )}
      </span>
      <span className="tile-fact" title={fact}>
        {fact || " "}
      </span>
    </Link>
  );
}
