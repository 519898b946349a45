import { Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import { format, Icon, type IconName, Moment, useClock } from "@/kit";
import type { Message } from "./api";
import { masked } from "./model";
import { StandingChip, useWhy } from "./standing_chip";

const ICONS: Record<string, IconName> = { mail: "mail", sms: "phone", in_app: "bell", webhook: "plug" };
export const channelIcon = (channel: string): IconName => ICONS[channel] ?? "chat";

export function MessageRow({
  one,
  on,
  onOpen,
  picked,
  onPick,
}: {
  one: Message;
  on: boolean;
  onOpen: () => void;
  picked?: boolean;
  /** several may be chosen */
  onPick?: (on: boolean, range: boolean) => void;
}) {
  const { t } = useTranslation();
  const { zone, today } = useClock();
  const why = useWhy();
  const due = format.local(one.due_at, zone);
  const row = (
    <button type="button" className={on ? "message on" : "message"} aria-pressed={on} onClick={onOpen}>
      <time dateTime={one.due_at} className="nowrap">
        {format.date(due.day, { short: true, today })} {due.time}
      </time>
      <Icon
        name={channelIcon(one.channel)}
        size={16}
        style={{ color: "var(--info)" }}
        aria-label={t(`messages:channel_${one.channel}`)}
      />
      <span className="cut message-customer">{one.customer ?? <span className="grey">—</span>}</span>
      <span className="cut">
        {one.name ?? <span className="bad">{t("messages:no_recipient")}</span>}{" "}
        <span className="grey">{masked(one.address)}</span>
      </span>
      <span className="cut" title={`${one.template_label} · ${one.subject}`}>
        {one.subject || one.template_label}
      </span>
      <span>
        <StandingChip one={one} />
      </span>
      <span className="grey-2 cut message-why">
        {one.state === "sent" && one.settled_at && !one.why ? (
          <Moment value={one.settled_at} />
        ) : one.state === "queued" && one.why && !one.held ? (
          <>
            {why(one.why)} <Moment value={one.try_at} />
          </>
        ) : (
          why(one.why)
        )}
      </span>
    </button>
  );
  if (!onPick) return row;
  return (
    <div className={picked ? "message-line picked" : "message-line"}>
      <Checkbox
        checked={picked ?? false}
        aria-label={t("messages:pick", { subject: one.subject || one.template_label, who: one.name ?? "" })}
        onChange={(e) => onPick(e.target.checked, e.nativeEvent.shiftKey)}
      />
      {row}
    </div>
  );
}
