import { useTranslation } from "react-i18next";
import type { Simulation } from "./api";
import { busiest, difference, weeksOver } from "./model";

/** `beside`: the same days with what is in force; what it says stands under each figure. */
export function Figures({ one, beside }: { one: Simulation; beside?: Simulation | undefined }) {
  const { t } = useTranslation();
  const f = one.figures;
  const was = (key: string, fact: string) => {
    if (!beside) return fact;
    const apart = difference(beside.figures[key] ?? 0, f[key] ?? 0);
    return apart ? t("simulations:was", { n: beside.figures[key] ?? 0, apart }) : t("simulations:was_same");
  };
  const top = busiest(one);
  const over = one.load.reduce((n, p) => n + weeksOver(p), 0);
  const capacity = one.load.reduce((n, p) => n + (p.capacity ?? 0), 0);
  const shown = [
    {
      key: "tasks",
      value: f.tasks ?? 0,
      unit: t("simulations:unit_task"),
      fact: was(
        "tasks",
        [
          t("simulations:done_of", { count: f.done ?? 0 }),
          ...(f.done_before ? [t("simulations:done_before", { count: f.done_before })] : []),
        ].join(" · "),
      ),
    },
    {
      key: "approvals",
      value: f.approvals ?? 0,
      unit: t("simulations:unit_approval"),
      fact: was("approvals", t("simulations:approvals_fact")),
    },
    {
      key: "mails",
      value: f.mails ?? 0,
      unit: t("simulations:unit_mail"),
      fact: was(
        "mails",
        f.unaddressed ? t("simulations:unaddressed", { count: f.unaddressed }) : t("simulations:all_addressed"),
      ),
    },
    {
      key: "notices",
      value: f.notices ?? 0,
      unit: t("simulations:unit_notice"),
      fact: was("notices", t("simulations:started_of", { count: f.started ?? 0 })),
    },
    {
      key: "over",
      value: over,
      unit: t("simulations:unit_week"),
      fact: was("over", t("simulations:over_fact")),
      bad: over > 0,
    },
  ];
  return (
    <section className="card sim-figures">
      {shown.map((x) => (
        <div key={x.key}>
          <span className="grey-2">{t(`simulations:figure_${x.key}`)}</span>
          <span>
            <b className={x.bad ? "bad" : undefined}>{x.value.toLocaleString("en")}</b>{" "}
            <span className="grey-2">{x.unit}</span>
          </span>
          <span className="grey-2 small">{x.fact}</span>
        </div>
      ))}
      {top && (
        <div>
          <span className="grey-2">{t("simulations:figure_busiest")}</span>
          <span>
            <b>{top.week.slice(5)}</b> <span className="grey-2">{t("simulations:week_from")}</span>
          </span>
          <span className="grey-2 small">
            {t("simulations:busiest_fact", { n: top.tasks, capacity: Math.round(capacity) })}
            {top.peak_on && ` · ${t("simulations:peak_day", { n: top.peak })}`}
          </span>
        </div>
      )}
    </section>
  );
}
