import { Button, Popover } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { format, Icon, type IconName, useClock, usePhone } from "@/kit";
import type { Proof } from "./api";
import { reasons } from "./plan_model";
import { useReason } from "./use_reason";

/** 应发生 = 准时 + 补做 + 跳过 + 暂停 + 遗漏; each term opens its rows. */
export function ProofBar({
  proof,
  days,
  address,
  busy,
  onCheck,
}: {
  proof: Proof;
  days: number;
  address: (change: Record<string, string>) => string;
  busy: boolean;
  onCheck: () => void;
}) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const phone = usePhone();
  const reason = useReason();
  const { time } = format.local(proof.at, zone);
  const gap = proof.missing > 0;
  const term = (key: string, n: number, icon: IconName, tone: string, to: string) => (
    <>
      <span className="proof-sign">{key === "fired" ? "=" : "+"}</span>
      <Link to={to} className="proof-term">
        <b style={{ color: n > 0 || key === "fired" ? tone : "var(--text-3)" }}>{n.toLocaleString("en")}</b>
        <span>
          <Icon name={icon} size={13} style={{ color: tone }} />
          {t(`processes:outcome_${key}`)}
        </span>
      </Link>
    </>
  );
  const skipped = reasons(proof.reasons);
  return (
    <section className={gap ? "card proof-bar proof-gap" : "card proof-bar"} role={gap ? "alert" : "status"}>
      <Icon name={gap ? "bang" : "shield"} size={24} style={{ color: gap ? "var(--urgent)" : "var(--brand)" }} />
      <div className="proof-text">
        <b>{gap ? t("processes:gap", { count: proof.missing }) : t("processes:no_gap")}</b>
        <p className="grey-2">
          {gap ? t("processes:gap_fact", { time }) : t("processes:all_done", { time })}
          {proof.uncovered > 0 && (
            <>
              {" · "}
              <Link to={address({ tab: "uncovered" })}>{t("processes:uncovered_of", { count: proof.uncovered })}</Link>
            </>
          )}
        </p>
      </div>
      <span className="spread" />
      <div className="proof-terms">
        <Link to={address({ tab: "ledger" })} className="proof-term">
          <b>{proof.owed.toLocaleString("en")}</b>
          <span>{phone ? t("processes:owed_short") : t("processes:owed", { days })}</span>
        </Link>
        {term("fired", proof.fired, "tick", "var(--brand)", address({ tab: "ledger", outcome: "fired" }))}
        {term("late", proof.late, "clock", "var(--warn)", address({ tab: "ledger", outcome: "late" }))}
        <span className="proof-sign">+</span>
        <Popover
          trigger="click"
          placement="bottom"
          content={
            <ul className="proof-reasons">
              {skipped.length === 0 && <li className="grey">{t("processes:nothing_skipped")}</li>}
              {skipped.map(([code, n]) => (
                <li key={code}>
                  <Link to={address({ tab: "ledger", outcome: "skipped", reason: code })}>{reason(code)}</Link>
                  <b>{n.toLocaleString("en")}</b>
                </li>
              ))}
            </ul>
          }
        >
          <button type="button" className="bare proof-term">
            <b style={{ color: proof.skipped ? "var(--text-1)" : "var(--text-3)" }}>
              {proof.skipped.toLocaleString("en")}
            </b>
            <span>
              <Icon name="forbid" size={13} />
              {t("processes:outcome_skipped")}
              <Icon name="down" size={11} />
            </span>
          </button>
        </Popover>
        {term("held", proof.held, "pause", "var(--review)", address({ tab: "ledger", outcome: "held" }))}
        {term(
          "missing",
          proof.missing,
          gap ? "bang" : "check",
          gap ? "var(--urgent)" : "var(--brand)",
          address({ tab: "doctor" }),
        )}
      </div>
      <Button icon={<Icon name="refresh" size={15} />} loading={busy} onClick={onCheck}>
        {t("processes:check_again")}
      </Button>
    </section>
  );
}
