import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { type Sender, sendersQuery } from "./api";
import { CallsSide } from "./calls_side";

/** 接口推送: which processes call other programs, and where; signed and repeated, its log stands with the process. */
export function WebhookCard() {
  const { t } = useTranslation();
  const label = useLabel();
  const found = useQuery(sendersQuery).data;
  const [shown, setShown] = useState<Sender | null>(null);
  if (!found) return null;
  const places = new Set(found.flatMap((one) => one.urls)).size;
  return (
    <section className={found.length ? "card way" : "card way way-none"} aria-label={t("channels:name_webhook")}>
      <div className="way-head">
        <span className="way-icon">
          <Icon name="plug" size={20} />
        </span>
        <h2>{t("channels:name_webhook")}</h2>
        <Chip tone={found.length ? "brand" : "plain"}>
          {found.length ? t("channels:places", { count: places }) : t("channels:state_none")}
        </Chip>
      </div>
      <p className="grey-2">{t(found.length ? "channels:webhook_fact" : "channels:webhook_none")}</p>
      {found.map((one) => (
        <div key={`${one.of}.${one.key}`} className="way-sender">
          <p className="row">
            <b className="cut">{label(one)}</b>
            <span className="spread" />
            <span className="grey nowrap">{t("channels:calls_today", { count: one.today })}</span>
          </p>
          {one.urls.map((url) => (
            <p key={url} className="grey-2 cut" title={url}>
              {url}
            </p>
          ))}
          <p className="row">
            <span className={one.failed ? "bad" : "grey"}>
              {one.failed
                ? t("channels:calls_failed", { count: one.failed })
                : t(one.signed_at ? "channels:signed" : "channels:signed_first")}
            </span>
            <span className="spread" />
            <Link className="nowrap" to={one.of === "rule" ? `/design/rules/${one.key}` : `/processes/${one.key}`}>
              {t(`channels:to_${one.of}`)}
            </Link>
            <Button size="small" onClick={() => setShown(one)}>
              {t("channels:calls")}
            </Button>
          </p>
        </div>
      ))}
      {shown && <CallsSide sender={shown} onClose={() => setShown(null)} />}
    </section>
  );
}
