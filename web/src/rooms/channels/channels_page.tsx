import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { Empty, Fetched, Head, Icon, Page } from "@/kit";
import { useMe } from "@/rooms/people";
import { standingsQuery } from "./api";
import { ChannelCard } from "./channel_card";
import { inOrder } from "./model";
import { SetupDrawer } from "./setup_drawer";
import { WebhookCard } from "./webhook_card";
import "./channels.css";

/** 渠道: what every way out is set up with, how it stands, and one message to oneself to see that it works. */
export function ChannelsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const may = me.may.includes("release");
  const found = useQuery({ ...standingsQuery, enabled: may });
  const open = params.get("set");
  const show = (channel: string | null) => setParams(channel ? { set: channel } : {}, { replace: true });
  const opened = found.data?.find((one) => one.channel === open);
  if (!may) {
    return (
      <Page>
        <Head title={t("channels:title")} />
        <Empty>{t("error_denied")}</Empty>
      </Page>
    );
  }
  return (
    <Page>
      <Head
        title={t("channels:title")}
        fact={t("channels:fact")}
        actions={
          <Button icon={<Icon name="mail" size={15} />} onClick={() => void navigate("/messages")}>
            {t("channels:outbox")}
          </Button>
        }
      />
      <Fetched of={found} rows={8}>
        {(rows) => (
          <div className="ways">
            {inOrder(rows).map((one) => (
              <ChannelCard key={one.channel} one={one} onSet={() => show(one.channel)} />
            ))}
            {me.may.includes("design") && <WebhookCard />}
          </div>
        )}
      </Fetched>
      {opened && <SetupDrawer key={opened.channel} channel={opened.channel} onClose={() => show(null)} />}
    </Page>
  );
}
