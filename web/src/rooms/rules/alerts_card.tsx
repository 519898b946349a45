import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, Moment } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { byUrgency } from "./alert_model";
import { AlertState, Escalation } from "./alert_row";
import { someAlertsQuery } from "./api";
import { SeverityChip } from "./severity";
import { WhyAlert } from "./why";
import "./rules.css";

const SHOWN = 5;

/** My open alerts, or those of a record; nothing where there are none. */
export function AlertsCard({ of = null }: { of?: { form: string; id: number } | null }) {
  const { t } = useTranslation();
  const label = useLabel();
  const found = useQuery(someAlertsQuery(of)).data;
  if (!found || found.length === 0) return null;
  const rows = [...found].sort(byUrgency).slice(0, SHOWN);
  return (
    <Card
      title={t("rules:alerts")}
      fact={String(found.length)}
      extra={<Link to={of ? "/alerts?view=all" : "/alerts"}>{t("rules:see_all")}</Link>}
    >
      <ul className="alert-short">
        {rows.map((one) => (
          <li key={one.id}>
            <span className="row">
              <SeverityChip value={one.severity} />
              {of ? (
                <b className="spread cut">{label(one)}</b>
              ) : (
                <Link to={`/r/${one.form}/${one.record_id}`} className="bare-link spread cut">
                  <b>{one.title}</b>
                </Link>
              )}
              <WhyAlert id={one.id} form={one.form} title={label(one)} />
            </span>
            <span className="row grey small">
              <span className="cut spread">
                {!of && <>{label(one)} · </>}
                {of && one.owner && <>{one.owner} · </>}
                <Moment value={one.opened_at} />
              </span>
              <Escalation one={one} />
              <AlertState one={one} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
