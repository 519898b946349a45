import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { Chip, Icon, Moment, toast, useProblemText } from "@/kit";
import { useMe } from "@/rooms/people";
import { type Channel, recall } from "./api";

/** Each channel: released or held, what it did today, its last problem. */
export function ChannelCards({
  channels,
  onRelease,
}: {
  channels: readonly Channel[];
  onRelease: (key: string) => void;
}) {
  return (
    <div className="channels">
      {channels.map((c) => (
        <ChannelCard key={c.key} channel={c} onRelease={() => onRelease(c.key)} />
      ))}
    </div>
  );
}

function ChannelCard({ channel: c, onRelease }: { channel: Channel; onRelease: () => void }) {
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
    <section className={held ? "card channel channel-held" : "card channel"}>
      <span className="channel-icon">
        <Icon name={c.key === "mail" ? "mail" : c.key === "in_app" ? "bell" : "send"} size={20} />
      </span>
      <div className="channel-text">
        <p className="row">
          <b>{t(`messages:channel_${c.key}`, { defaultValue: c.key })}</b>
          {held ? (
            <Chip tone="warn" icon="pause">
              {c.waiting ? t("messages:held_of", { count: c.waiting }) : t("messages:not_released")}
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
        (held ? (
          <Button type="primary" onClick={onRelease}>
            {t(c.waiting ? "messages:see_who" : "messages:release")}
          </Button>
        ) : (
          <Button loading={back.isPending} onClick={() => back.mutate()}>
            {t("messages:recall")}
          </Button>
        ))}
    </section>
  );
}
