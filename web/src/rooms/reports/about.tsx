import { Popover } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import type { Chart } from "./api";

/** 口径: what a figure counts, which date it belongs to, what is left out, and whose records. */
export function About({ chart, small = false }: { chart: Chart; small?: boolean }) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const form = useForm(chart.form);
  const about = (i18n.language === "en" && chart.about_en) || chart.about;
  return (
    <Popover
      trigger="click"
      placement="bottom"
      content={
        <div className="about">
          <b>{label(chart)}</b>
          {about && <p>{about}</p>}
          <dl>
            <dt>{t("reports:from")}</dt>
            <dd>{form ? label(form) : chart.form}</dd>
            {chart.by && (
              <>
                <dt>{t("reports:grouped_by")}</dt>
                <dd>{named(chart.by, form, label, t("reports:department"))}</dd>
              </>
            )}
            <dt>{t("reports:measures")}</dt>
            <dd>{chart.measures.map((m) => label(m)).join("、")}</dd>
            <dt>{t("reports:rights")}</dt>
            <dd>{t("reports:rights_fact")}</dd>
          </dl>
        </div>
      }
    >
      <button
        type="button"
        className={small ? "bare about-mark" : "bare about-link"}
        aria-label={t("reports:about_of", { label: label(chart) })}
      >
        <Icon name={small ? "info" : "help"} size={14} />
        {!small && t("reports:about")}
      </button>
    </Popover>
  );
}

function named(
  path: string,
  form: ReturnType<typeof useForm>,
  label: ReturnType<typeof useLabel>,
  department: string,
): string {
  const [first = "", ...rest] = path.split(".");
  const field = form?.fields.find((f) => f.key === first);
  return [field ? label(field) : first, ...rest.map((r) => (r === "department" ? department : r))].join(" · ");
}
