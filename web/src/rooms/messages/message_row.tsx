import { useTranslation } from "react-i18next";
import { format, Icon, Moment, useClock } from "@/kit";
import type { Message } from "./api";
import { masked } from "./model";
import { StandingChip, useWhy } from "./standing_chip";

export function MessageRow({ one, on, onOpen }: { one: Message; on: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  const { zone, today } = useClock();
  const why = useWhy();
  const due = format.local(one.due_at, zone);
  return (
    <button type="button" className={on ? "message on" : "message"} aria-pressed={on} onClick={onOpen}>
      <time dateTime={one.due_at} className="nowrap">
        {format.date(due.day, { short: true, today })} {due.time}
      </time>
      <Icon name={one.channel === "mail" ? "mail" : "bell"} size={16} style={{ color: "var(--info)" }} />
      <span className="cut">
        {one.name ?? <span className="bad">{t("messages:no_recipient")}</span>}{" "}
        <span className="grey">{masked(one.address)}</span>
      </span>
      <span className="cut" title={one.subject}>
        {one.subject}
      </span>
      <span>
        <StandingChip one={one} />
      </span>
      <span className="grey-2 cut message-why">
        {one.state === "sent" && one.settled_at && !one.why ? <Moment value={one.settled_at} /> : why(one.why)}
      </span>
    </button>
  );
}
