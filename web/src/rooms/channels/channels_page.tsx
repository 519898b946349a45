import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { Empty, Fetched, Head, Icon, Page } from "@/kit";
import { useMe } from "@/rooms/people";
import { type Standing, standingsQuery } from "./api";
import { CardPreview } from "./card_preview";
import { ChannelCard } from "./channel_card";
import { inOrder } from "./model";
import { Organisation } from "./organisation";
import { OwnAddress } from "./own_address";
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
          <>
            <OwnAddress />
            <div className="ways">
              {inOrder(rows).map((one) => (
                <ChannelCard key={one.channel} one={one} onSet={() => show(one.channel)} />
              ))}
              {me.may.includes("design") && <WebhookCard />}
            </div>
            <div className="below">
              {me.may.includes("people") && <Union rows={rows} />}
              <CardPreview />
            </div>
          </>
        )}
      </Fetched>
      {opened && <SetupDrawer key={opened.channel} channel={opened.channel} onClose={() => show(null)} />}
    </Page>
  );
}

/** The organisation can be followed where a channel is an application of ours. */
function Union({ rows }: { rows: readonly Standing[] }) {
  const { t } = useTranslation();
  const apps = rows.filter((one) => one.kind === "app").map((one) => one.channel);
  if (apps.length > 0) return <Organisation channels={apps} />;
  return (
    <section className="card union" aria-label={t("channels:union")}>
      <div className="card-head">
        <h2>{t("channels:union")}</h2>
      </div>
      <p className="grey-2">{t("channels:union_needs")}</p>
    </section>
  );
}
