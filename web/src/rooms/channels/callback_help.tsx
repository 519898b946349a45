import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { toast } from "@/kit";
import { policyQuery } from "./api";

/** The address to enter on the other side, so that it tells us what happens there. */
export function CallbackHelp({ channel, how }: { channel: string; how: string }) {
  const { t } = useTranslation();
  const base = useQuery(policyQuery).data?.link_base.replace(/\/+$/, "");
  if (base === undefined || how === "") return null;
  if (how === "stream") return <p className="grey small">{t("channels:stream_fact")}</p>;
  const address = `${base || window.location.origin}/api/callbacks/${channel}`;
  return (
    <div className="labelled">
      <span className="grey-2">{t("channels:callback_address")}</span>
      <div className="way-kept">
        <code className="spread way-address">{address}</code>
        <Button
          size="small"
          onClick={() => void navigator.clipboard?.writeText(address).then(() => toast({ text: t("channels:copied") }))}
        >
          {t("channels:copy")}
        </Button>
      </div>
      <span className="grey small">{t(base ? "channels:callback_fact" : "channels:callback_no_base")}</span>
    </div>
  );
}
