import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, Chip, format, Moment } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { STATE_TONE } from "./states";
import { bundlesQuery } from "./zip_api";

/** The ZIPs of files that I brought: those that wait, or those that are over; none, no card. */
export function ZipCard({ over }: { over: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const known = useQuery(bundlesQuery).data ?? [];
  const all = known.filter((one) => over === (one.state === "done" || one.state === "undone"));
  if (all.length === 0) return null;
  return (
    <Card flush title={t(over ? "imports:zips" : "imports:zips_open")} fact={t("imports:zips_fact")}>
      <ul>
        {all.map((one) => (
          <li key={one.id} className="folder row">
            <Link to={`/imports/zip/${one.id}`} title={one.file_name}>
              {format.middle(one.file_name)}
            </Link>
            <span className="grey">
              {label(forms.find((f) => f.key === one.form) ?? { label: one.form })} ·{" "}
              {one.total !== null && `${t("imports:zip_files", { n: one.total })} · `}
              <Moment value={one.created_at} />
            </span>
            <span className="spread" />
            <span>
              <Chip tone={STATE_TONE[one.state === "ready" ? "checked" : one.state]}>
                {one.state === "ready"
                  ? t("imports:zip_ready")
                  : one.state === "done"
                    ? t("imports:zip_filled", { n: one.filled ?? 0 })
                    : one.state === "running" || one.state === "queued"
                      ? t("imports:zip_state_reading")
                      : t(`imports:state_${one.state}`)}
              </Chip>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
