import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { format, Icon, useClock } from "@/kit";
import type { Hold } from "./plan_api";
import "./list.css";

/** On hold, with until when and why on hover. */
export function HeldMark({ hold }: { hold: Hold | undefined }) {
  const { t } = useTranslation();
  const { zone } = useClock();
  if (!hold) return null;
  const text = t("records:held_until", { date: format.local(hold.until, zone).day, reason: hold.reason });
  return (
    <Tooltip title={text}>
      <span className="held-mark" role="img" aria-label={text}>
        <Icon name="pause" size={15} />
      </span>
    </Tooltip>
  );
}
