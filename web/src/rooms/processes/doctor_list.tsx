import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Fetched, Icon } from "@/kit";
import { doctorQuery, type Finding } from "./api";

/** What must always hold, checked now. */
export function DoctorList() {
  const { t } = useTranslation();
  const found = useQuery(doctorQuery);
  return (
    <Fetched of={found} rows={10}>
      {(findings) => (
        <ul className="checks">
          {findings.map((one) => (
            <li key={one.check}>
              <Icon
                name={one.ok ? (one.count ? "info" : "tick") : "bang"}
                size={17}
                style={{ color: one.ok ? (one.count ? "var(--warn)" : "var(--brand)") : "var(--urgent)" }}
              />
              <span className="spread">
                {t(`processes:check_${one.check}`, { defaultValue: one.check })}
                {one.examples.slice(0, 5).map((e, i) => (
                  <Example key={i} example={e} />
                ))}
              </span>
              <span className={one.ok ? "grey" : "bad"}>
                {one.count === 0 ? t("processes:check_fine") : t("processes:check_found", { count: one.count })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Fetched>
  );
}

function Example({ example }: { example: Finding["examples"][number] }) {
  const { form, record_id: id } = example;
  const text = Object.entries(example)
    .filter(([k, v]) => v !== null && k !== "form")
    .map(([k, v]) => `${k} ${typeof v === "object" ? JSON.stringify(v) : v}`)
    .join(" · ");
  return (
    <span className="grey small check-example">
      {typeof form === "string" && typeof id === "number" ? <Link to={`/r/${form}/${id}`}>{text}</Link> : text}
    </span>
  );
}
