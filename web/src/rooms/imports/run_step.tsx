import { Progress } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useForms, useLabel } from "@/rooms/forms";
import type { ImportAnswer } from "./api";

/** Fourth step: under way. It may be left; the progress never runs backwards. */
export function RunStep({ one }: { one: ImportAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const p = one.progress;
  const began = useRef(Date.now());
  const most = useRef(0);
  const now =
    p && p.steps > 0
      ? Math.min(99, Math.round(((p.step - 1) / p.steps) * 100 + (p.total ? (p.rows / p.total) * (100 / p.steps) : 0)))
      : 0;
  most.current = Math.max(most.current, now);
  const percent = most.current;
  const spent = (Date.now() - began.current) / 1000;
  const rest = percent > 10 ? Math.ceil((spent / percent) * (100 - percent)) : null;
  useEffect(() => {
    began.current = Date.now();
  }, []);
  const [kind, form] = (p?.label ?? "").split(":");
  const step = kind
    ? t(`imports:doing_${kind}`, { label: label(forms.find((f) => f.key === form) ?? {}), defaultValue: kind })
    : t("imports:queued");
  return (
    <section className="card running" aria-live="polite">
      <h2>{t("imports:running")}</h2>
      <Progress
        percent={percent}
        showInfo={false}
        strokeColor="var(--brand)"
        railColor="var(--sunken)"
        aria-label={step}
      />
      <p className="row">
        <span>{step}</span>
        <span className="grey">
          {p?.total
            ? t("imports:rows_of", { rows: p.rows.toLocaleString("en"), total: p.total.toLocaleString("en") })
            : ""}
          {rest !== null ? ` · ${t("imports:rest", { seconds: rest })}` : ""}
        </span>
      </p>
      <p className="grey">
        {t("imports:may_leave")} <Link to="/imports">{t("imports:to_list")}</Link>
      </p>
    </section>
  );
}
