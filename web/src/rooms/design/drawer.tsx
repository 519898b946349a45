import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Icon, Tabs } from "@/kit";
import { type DesignProblem, planQuery } from "./api";
import { seconds } from "./moment";
import { Operations } from "./plan_view";
import type { DraftWork } from "./use_draft";

/** Below the canvas: what is wrong, and what publishing would do. */
export function Drawer<Tree>({
  work,
  at,
  onProblem,
  onFix,
  onNext,
}: {
  work: DraftWork<Tree>;
  at: number;
  onProblem: (problem: DesignProblem) => void;
  onFix: (problem: DesignProblem) => void;
  onNext: () => void;
}) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<"problems" | "preview" | null>("problems");
  const plan = useQuery(planQuery(work.ids, work.stamp));
  const count = work.problems.length;
  const changes = plan.data?.steps.reduce((n, s) => n + Math.max(1, s.operations.length), 0) ?? 0;
  return (
    <section className="designer-drawer" aria-label={t("design:below")}>
      <Tabs
        label={t("design:below")}
        active={tab ?? ""}
        onChange={(key) => setTab(key === tab ? null : (key as "problems" | "preview"))}
        items={[
          { key: "problems", label: t("design:problems"), count },
          { key: "preview", label: t("design:preview"), count: changes },
        ]}
        extra={
          <>
            {plan.data && changes > 0 && (
              <span className="grey">{t("design:lock", { seconds: seconds(plan.data.lock_ms) })}</span>
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
            {work.problems.map((p, i) => (
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
              </li>
            ))}
          </ul>
        ))}
      {tab === "preview" &&
        (changes === 0 ? (
          <p className="designer-none grey">
            <Icon name="info" size={14} /> {t("design:nothing_drawn")}
          </p>
        ) : (
          <div className="designer-preview">
            {plan.data?.steps.map((s) => (
              <Operations key={s.key} step={s} />
            ))}
          </div>
        ))}
    </section>
  );
}
