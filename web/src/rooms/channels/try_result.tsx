import { Popover } from "antd";
import { useTranslation } from "react-i18next";
import { Icon, Moment } from "@/kit";
import type { Tried } from "./api";
import { triedTone } from "./model";

/** What came of the last try, when, how long it took; the words of the other side on demand. */
export function TryResult({ tried, inward = false }: { tried: Tried; inward?: boolean }) {
  const { t } = useTranslation();
  const { tone, icon } = triedTone(tried.state);
  const seconds = tried.took_ms
    ? t("channels:seconds", { n: tried.took_ms < 100 ? "<0.1" : (tried.took_ms / 1000).toFixed(1) })
    : "";
  const why = t(`channels:why_${tried.why || tried.state}`, { defaultValue: t("channels:why_refused") });
  return (
    <div className={`way-tried way-tried-${tone}`} role="status">
      <Icon name={icon} size={16} />
      <span>
        <Moment value={tried.at} />{" "}
        {tried.state === "sent"
          ? [t(inward ? "channels:opened" : "channels:accepted"), seconds].filter(Boolean).join(t("channels:and"))
          : tried.state === "uncertain"
            ? t("channels:no_receipt", { why })
            : t(inward ? "channels:not_opened" : "channels:not_sent", { why })}
        {tried.detail && tried.state !== "sent" && (
          <Popover trigger="click" content={<p className="way-words">{tried.detail}</p>}>
            <button type="button" className="bare way-said">
              {t("channels:their_words")}
            </button>
          </Popover>
        )}
      </span>
    </div>
  );
}
