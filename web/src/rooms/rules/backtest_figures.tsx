import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useForm, useLabel } from "@/rooms/forms";
import type { Figures } from "./api";
import { one, share } from "./backtest_model";

/** 会触发, 其中后来流失, 准确率, 覆盖率, 每人每周新增任务. */
export function BacktestFigures({ figures: f, form: key, known }: { figures: Figures; form: string; known: boolean }) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const form = useForm(key);
  const noun = i18n.language === "zh" ? (form?.noun ?? "") : "";
  const of = { noun, label: form ? label(form) : key };
  const shown: { name: string; about: string; value: string; unit: string; fact: string }[] = [
    {
      name: t("rules:figure_firings"),
      about: t("rules:about_firings"),
      value: f.firings.toLocaleString("en"),
      unit: t("rules:times"),
      fact: t("rules:fact_records", { n: f.records, ...of }),
    },
    ...(known
      ? [
          {
            name: t("rules:figure_lost"),
            about: t("rules:about_lost"),
            value: f.lost === null ? "—" : String(f.lost),
            unit: f.lost === null ? "" : noun,
            fact: f.lead_days === null ? t("rules:fact_no_lead") : t("rules:fact_lead", { n: one(f.lead_days) }),
          },
          {
            name: t("rules:figure_precision"),
            about: t("rules:about_precision"),
            value: share(f.precision),
            unit: "",
            fact: f.precision === null ? t("rules:fact_none") : `${f.lost} / ${f.records} ${noun}`,
          },
          {
            name: t("rules:figure_recall"),
            about: t("rules:about_recall"),
            value: share(f.recall),
            unit: "",
            fact:
              f.recall === null
                ? t("rules:fact_none_lost")
                : t("rules:fact_caught", { all: f.lost_in_period, n: f.caught, ...of }),
          },
        ]
      : []),
    {
      name: t("rules:figure_tasks"),
      about: t("rules:about_tasks"),
      value: one(f.tasks_per_person_week),
      unit: f.tasks_per_person_week === null ? "" : t("rules:tasks"),
      fact: f.busiest
        ? t("rules:fact_busiest", { name: f.busiest.name, n: f.busiest.count })
        : t("rules:fact_no_tasks"),
    },
  ];
  return (
    <dl className="card rule-figures">
      {shown.map((x) => (
        <Tooltip key={x.name} title={x.about}>
          <div>
            <dt className="grey-2 small">{x.name}</dt>
            <dd>
              <b>{x.value}</b> <span className="small">{x.unit}</span>
            </dd>
            <dd className="grey small">{x.fact}</dd>
          </div>
        </Tooltip>
      ))}
    </dl>
  );
}
