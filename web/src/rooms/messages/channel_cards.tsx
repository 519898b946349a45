import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { Chip, Icon, Moment, toast, useProblemText } from "@/kit";
import { useMe } from "@/rooms/people";
import { type Channel, type Mass, recall } from "./api";
import { channelIcon } from "./message_row";

/** Each channel: released or held, what it did today, its last problem. */
export function ChannelCards({
  channels,
  mass,
  onRelease,
}: {
  channels: readonly Channel[];
  /** first large sendings that wait for a look */
  mass: readonly Mass[];
  onRelease: (key: string, template: string | null) => void;
}) {
  return (
    <div className="channels">
      {channels.map((c) => (
        <ChannelCard
          key={c.key}
          channel={c}
          mass={c.outward && c.released && c.held > 0 ? (mass[0] ?? null) : null}
          onRelease={(template) => onRelease(c.key, template)}
        />
      ))}
    </div>
  );
}

function ChannelCard({
  channel: c,
  mass,
  onRelease,
}: {
  channel: Channel;
  mass: Mass | null;
  onRelease: (template: string | null) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const problemText = useProblemText();
  const may = me.may.includes("release") && c.outward;
  const back = useMutation({
    mutationFn: () => recall(c.key),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.channels });
      await client.invalidateQueries({ queryKey: keys.allMessages });
      toast({ text: t("messages:recalled", { channel: t(`messages:channel_${c.key}`) }) });
    },
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });
  const held = c.outward && !c.released;
  return (
    <section className={held || mass ? "card channel channel-held" : "card channel"}>
      <span className="channel-icon">
        <Icon name={channelIcon(c.key)} size={20} />
      </span>
      <div className="channel-text">
        <p className="row">
          <b>{t(`messages:channel_${c.key}`, { defaultValue: c.key })}</b>
          {held ? (
            <Chip tone="warn" icon="pause">
              {c.held ? t("messages:held_of", { count: c.held }) : t("messages:not_released")}
            </Chip>
          ) : mass ? (
            <Chip tone="warn" icon="pause">
              {t("messages:held_of", { count: c.held })}
            </Chip>
          ) : c.outward ? (
            <Chip tone="brand" icon="check">
              {t("messages:released")}
            </Chip>
          ) : (
            <Chip>{t("messages:inside")}</Chip>
          )}
        </p>
        <p className="grey-2 cut">
          {[
            t("messages:sent_today", { count: c.sent_today }),
            c.uncertain ? t("messages:uncertain_of", { count: c.uncertain }) : null,
            c.failed ? t("messages:failed_of", { count: c.failed }) : null,
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
        <p className={c.problem ? "bad cut" : "grey cut"} title={c.problem ?? undefined}>
          {c.problem ? (
            <>
              <Moment value={c.problem_at} /> {c.problem}
            </>
          ) : mass ? (
            t("messages:first_mass", { name: mass.label, count: mass.recipients })
          ) : held ? (
            t("messages:held_fact")
          ) : c.released_at ? (
            <>
              {t("messages:released_by", { name: c.released_by ?? "—" })} <Moment value={c.released_at} />
            </>
          ) : (
            t("messages:inside_fact")
          )}
        </p>
      </div>
      {may &&
        (held || mass ? (
          <Button type="primary" onClick={() => onRelease(mass?.template ?? null)}>
            {t(c.held ? "messages:see_who" : "messages:release")}
          </Button>
        ) : (
          <Button loading={back.isPending} onClick={() => back.mutate()}>
            {t("messages:recall")}
          </Button>
        ))}
    </section>
  );
}
