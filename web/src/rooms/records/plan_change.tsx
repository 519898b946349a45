import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "@/kit";
import type { Form } from "@/rooms/forms";
import { type PlanChange, previewPlan } from "./plan_api";
import type { Values } from "./record_model";
import { Coming } from "./record_plan";
import "./parts.css";

/** A date or state was changed: the old plan against the new one, before it is saved. */
export function PlanChangeNote({
  form,
  id,
  version,
  values,
  onFound,
}: {
  form: Form;
  id: number;
  version: number;
  values: Values;
  /** the plan changes, or does not */
  onFound: (changes: boolean) => void;
}) {
  const { t } = useTranslation();
  const [found, setFound] = useState<PlanChange | null>(null);
  const moving = Object.keys(values).some((key) => {
    const field = form.fields.find((f) => f.key === key);
    return field?.kind === "date" || field?.kind === "datetime" || field?.kind === "select";
  });
  const text = JSON.stringify(values);
  const tell = useRef(onFound);
  tell.current = onFound;
  const changes = found !== null && (found.dropped.length > 0 || found.added.length > 0);
  useEffect(() => {
    tell.current(changes);
    return () => tell.current(false);
  }, [changes]);
  useEffect(() => {
    setFound(null);
    if (!moving) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      previewPlan(form.key, id, version, JSON.parse(text) as Values, stop.signal)
        .then(setFound)
        .catch(() => setFound(null)); // what is wrong with the values is told at their fields
    }, 500);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [moving, text, form.key, id, version]);
  if (!found || !changes) return null;
  return (
    <section className="plan-change">
      <Notice tone="info" icon="calendar">
        {t("records:plan_change", {
          kept: found.before.length - found.dropped.length,
          dropped: found.dropped.length,
          added: found.added.length,
        })}
      </Notice>
      {found.added.length > 0 && (
        <>
          <p className="grey">{t("records:plan_added")}</p>
          <Coming rows={found.added.slice(0, 8)} />
        </>
      )}
      {found.dropped.length > 0 && (
        <>
          <p className="grey">{t("records:plan_dropped")}</p>
          <div className="struck">
            <Coming rows={found.dropped.slice(0, 8)} />
          </div>
        </>
      )}
    </section>
  );
}
