import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Empty, Failure, type IconName, Lines, Moment } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import type { Tone } from "@/theme/tokens";
import { type Decided, type Due, recordLedger, recordPlan, recordProcesses } from "./plan_api";
import { Running } from "./record_running";
import "./parts.css";

const OUTCOMES: Record<Decided["outcome"], { tone: Tone; icon: IconName }> = {
  fired: { tone: "brand", icon: "check" },
  late: { tone: "warn", icon: "clock" },
  held: { tone: "review", icon: "pause" },
  skipped: { tone: "plain", icon: "forbid" },
};

/** Where the processes of a record stand, what comes next, what was decided and why. */
export function RecordPlan({ form, id }: { form: string; id: number }) {
  const { t } = useTranslation();
  const label = useLabel();
  const mayDesign = useMe().may.includes("design");
  const running = useQuery(recordProcesses(form, id));
  const plan = useQuery(recordPlan(form, id));
  const ledger = useQuery(recordLedger(form, id));
  if (running.isError) return <Failure error={running.error} retry={() => void running.refetch()} />;
  if (!running.data || !plan.data || !ledger.data) return <Lines rows={6} />;
  const open = running.data.instances.filter((i) => i.state === "open");
  if (!running.data.instances.length && !plan.data.length && !ledger.data.length)
    return <Empty>{t("records:no_plan")}</Empty>;
  return (
    <div className="record-plan">
      {open.length > 0 && (
        <section>
          <h3>{t("records:running")}</h3>
          <ul>
            {open.map((i) => (
              <Running key={i.id} form={form} id={id} one={i} />
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t("records:to_come")}</h3>
        {plan.data.length === 0 ? <p className="grey">{t("records:nothing_to_come")}</p> : <Coming rows={plan.data} />}
        {mayDesign && <Link to={`/simulations?record=${form}.${id}`}>{t("records:simulated")}</Link>}
      </section>
      <section>
        <h3>{t("records:happened")}</h3>
        {ledger.data.length === 0 && <p className="grey">{t("records:nothing_happened")}</p>}
        <ul>
          {ledger.data.map((d) => {
            const o = OUTCOMES[d.outcome];
            const days = Math.floor(d.late_s / 86_400);
            return (
              <li key={d.id} className="plan-row">
                <span className="plan-when grey-2">
                  <Moment value={d.decided_at ?? d.due_at} />
                </span>
                <span className="spread cut">
                  {label(d)}
                  {d.reason && (
                    <span className="grey"> {t(`records:why_${d.reason}`, { defaultValue: d.reason })}</span>
                  )}
                </span>
                <Chip tone={o.tone} icon={o.icon}>
                  {d.outcome === "late" && days > 0
                    ? t("records:late_days", { count: days })
                    : t(`records:outcome_${d.outcome}`)}
                </Chip>
              </li>
            );
          })}
        </ul>
      </section>
    </div>
  );
}

export function Coming({ rows }: { rows: readonly Due[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <ul>
      {rows.map((d) => (
        <li key={`${d.process}.${d.key}.${d.due_at}`} className="plan-row">
          <span className="plan-when grey-2">
            <Moment value={d.due_at} />
          </span>
          <span className={d.wanted ? "spread cut" : "spread cut grey"}>
            {label(d)}
            {!d.wanted && ` ${t("records:not_wanted")}`}
          </span>
          {d.held && (
            <Chip tone="review" icon="pause">
              {t("records:on_hold")}
            </Chip>
          )}
          {!d.certain && <Chip>{t("records:expected")}</Chip>}
        </li>
      ))}
    </ul>
  );
}
