import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Icon, Tabs } from "@/kit";
import { type DesignProblem, planQuery } from "./api";
import { seconds } from "./moment";
import { Operations } from "./plan_view";
import { changesOf, waits } from "./plan_words";
import type { DraftWork } from "./use_draft";
import { countByKind } from "./uses";

/** Below the canvas: what is wrong, and what publishing would do. */
export function Drawer<Tree>({
  work,
  at,
  onProblem,
  onFix,
  onNext,
  onWhole,
  onKeep,
}: {
  work: DraftWork<Tree>;
  at: number;
  onProblem: (problem: DesignProblem) => void;
  onFix: (problem: DesignProblem) => void;
  onNext: () => void;
  /** everything that publishing touches */
  onWhole: () => void;
  /** leave the field that a place would lose as it is published */
  onKeep?: ((problem: DesignProblem) => { name: string; act: () => void } | null) | undefined;
}) {
  const { t } = useTranslation();
  const [chosen, setTab] = useState<"problems" | "preview" | "none" | null>(null);
  const found = useQuery(planQuery(work.ids, work.stamp)).data;
  const plan = work.ids.length > 0 ? found : undefined;
  const count = work.problems.length;
  const errors = work.problems.filter((p) => p.severity === "error").length;
  const changes = changesOf(plan);
  const tab = chosen ?? (changes > 0 && count === 0 ? "preview" : "problems");
  const touched = countByKind(plan?.uses ?? []).map(([kind, n]) => t(`design:count_${kind}`, { count: n }));
  const facts = [
    ...(plan && changes > 0 && waits(plan) ? [t("design:lock", { seconds: seconds(plan.lock_ms) })] : []),
    ...(touched.length > 0 ? [t("design:touches", { what: touched.join(t("design:comma")) })] : []),
  ];
  return (
    <section className="designer-drawer" aria-label={t("design:below")}>
      <Tabs
        label={t("design:below")}
        active={tab}
        onChange={(key) => setTab(key === tab ? "none" : (key as "problems" | "preview"))}
        items={[
          { key: "problems", label: t("design:problems"), count },
          { key: "preview", label: t("design:preview"), count: changes },
        ]}
        extra={
          <>
            {errors > 0 && <Chip tone="urgent">{t("design:to_resolve", { count: errors })}</Chip>}
            {count === 0 && tab !== "problems" && changes > 0 && (
              <span className="pub-effect pub-effect-brand">
                <Icon name="checkCircle" size={14} /> {t("design:no_problems")}
              </span>
            )}
            {facts.length > 0 && <span className="grey cut drawer-facts">{facts.join(" · ")}</span>}
            {plan && changes > 0 && (
              <Button size="small" type="link" className="flat" onClick={onWhole}>
                {t("design:depends")}
              </Button>
            )}
            {count > 0 && (
              <Button size="small" type="text" onClick={onNext}>
                {t("design:next_problem")}
              </Button>
            )}
          </>
        }
      />
      {tab === "problems" &&
        (count === 0 ? (
          <p className="designer-none grey">{t("design:no_problems")}</p>
        ) : (
          <ul className="designer-problems">
            {work.problems.map((p, i) => {
              const keep = onKeep?.(p);
              return (
                <li key={`${p.path}${p.code}${i}`} className={i === at ? "designer-problem-on" : ""}>
                  <Chip tone={p.severity === "error" ? "urgent" : "info"}>{t(`design:severity_${p.severity}`)}</Chip>
                  <button type="button" className="bare spread" onClick={() => onProblem(p)}>
                    {p.text}
                  </button>
                  {p.fix && (
                    <Button size="small" onClick={() => onFix(p)}>
                      {t("design:fix_to", { value: p.fix.value })}
                    </Button>
                  )}
                  {keep && (
                    <Button size="small" onClick={keep.act}>
                      {t("design:keep_field", { name: keep.name })}
                    </Button>
                  )}
                </li>
              );
            })}
          </ul>
        ))}
      {tab === "preview" &&
        (changes === 0 ? (
          <p className="designer-none grey">
            <Icon name="info" size={14} /> {t("design:nothing_drawn")}
          </p>
        ) : (
          <div className="designer-preview">
            {plan?.steps.map((s) => (
              <Operations key={s.key} step={s} dense />
            ))}
          </div>
        ))}
    </section>
  );
}
