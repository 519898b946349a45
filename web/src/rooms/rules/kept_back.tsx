import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Empty, Fetched, Moment, More, Side } from "@/kit";
import { keptBackQuery } from "./api";

/** Records that a rule leaves alone for now, and why. */
export function KeptBack({
  rule,
  form,
  name,
  onClose,
}: {
  rule: string;
  form: string;
  name: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const found = useInfiniteQuery(keptBackQuery(rule));
  const rows = found.data?.pages.flat() ?? [];
  return (
    <Side open width={520} title={<h2 className="cut">{t("rules:kept_back_of", { name })}</h2>} onClose={onClose}>
      <Fetched of={found} rows={5} none={rows.length === 0 && <Empty>{t("rules:kept_back_none")}</Empty>}>
        {() => (
          <>
            <ul className="rule-versions">
              {rows.map((one, at) => (
                <li key={`${one.record_id}${at}`}>
                  <span className="row">
                    <Link to={`/r/${form}/${one.record_id}`} className="spread cut">
                      {one.title ?? `#${one.record_id}`}
                    </Link>
                    <Chip
                      tone={one.why === "stopped" ? "urgent" : "plain"}
                      icon={one.why === "stopped" ? "bang" : "pause"}
                    >
                      {t(`rules:kept_${one.why}`)}
                    </Chip>
                  </span>
                  <span className="grey small rule-block">
                    {one.fault && <>{one.fault} · </>}
                    <Moment value={one.at} />
                  </span>
                </li>
              ))}
            </ul>
            {found.hasNextPage && (
              <p className="alert-more">
                <More of={found} label={t("messages:more")} />
              </p>
            )}
          </>
        )}
      </Fetched>
    </Side>
  );
}
