import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { Empty, Fetched, Head, Icon, Page, Side, Tabs, useKeys, useNarrow } from "@/kit";
import { channelsQuery, type Message, outboxQuery, TABS, type Tab } from "./api";
import { ChannelCards } from "./channel_cards";
import { Detail, DetailHead } from "./detail";
import { MessageRow } from "./message_row";
import { ReleaseDialog } from "./release_dialog";
import "./messages.css";

/** 消息与发信箱: every message that leaves, with its exact text, and the release of the channels. */
export function OutboxPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const [params, setParams] = useSearchParams();
  const [releasing, setReleasing] = useState<string | null>(null);
  const asked = params.get("tab") as Tab;
  const tab = TABS.includes(asked) ? asked : "all";
  const channels = useQuery(channelsQuery);
  const found = useInfiniteQuery(outboxQuery(tab));
  const rows = found.data?.pages.flatMap((p) => p.rows) ?? [];
  const counts = found.data?.pages[0]?.counts;
  const openId = Number(params.get("open")) || null;
  const opened = rows.find((r) => r.id === openId);

  function open(id: number | null) {
    const next = new URLSearchParams(params);
    if (id === null) next.delete("open");
    else next.set("open", String(id));
    setParams(next, { replace: true });
  }
  const move = (step: number) => {
    const at = rows.findIndex((r) => r.id === openId);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (next) open(next.id);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Escape: openId !== null && (() => open(null)),
  });

  return (
    <Page fit>
      <Head title={t("shell:messages")} fact={t("messages:fact")} />
      {channels.data && <ChannelCards channels={channels.data} onRelease={setReleasing} />}
      <div className={openId !== null && !narrow ? "outbox outbox-open" : "outbox"}>
        <section className="card card-flush outbox-list">
          <Tabs
            label={t("shell:messages")}
            active={tab}
            items={TABS.map((key) => ({
              key,
              label: t(`messages:tab_${key}`),
              to: `/messages?tab=${key}`,
              count: counts?.[key],
            }))}
          />
          <div className="list-scroll">
            <Fetched
              of={found}
              rows={12}
              none={
                rows.length === 0 && (
                  <Empty
                    actions={
                      tab !== "all" && (
                        <Button onClick={() => void navigate("/messages")}>{t("messages:see_all")}</Button>
                      )
                    }
                  >
                    {t(`messages:none_${tab}`)}
                  </Empty>
                )
              }
            >
              {() => (
                <>
                  <MessageList rows={rows} openId={openId} onOpen={open} />
                  {found.hasNextPage && (
                    <p className="outbox-more">
                      <Button
                        size="small"
                        loading={found.isFetchingNextPage}
                        onClick={() => void found.fetchNextPage()}
                      >
                        {t("messages:more")}
                      </Button>
                    </p>
                  )}
                </>
              )}
            </Fetched>
          </div>
          <p className="outbox-foot grey">
            <span>{counts && t("messages:shown", { n: rows.length, all: counts[tab].toLocaleString("en") })}</span>
            <span className="cut">{t("messages:once")}</span>
          </p>
        </section>
        {openId !== null && !narrow && (
          <section className="card card-flush outbox-detail" aria-label={opened?.subject}>
            <div className="side-head">
              <div className="spread cut">{opened && <DetailHead subject={opened.template_label} one={opened} />}</div>
              <button
                type="button"
                className="icon-button"
                aria-label={t("close")}
                title="Esc"
                onClick={() => open(null)}
              >
                <Icon name="close" size={16} />
              </button>
            </div>
            <Detail key={openId} id={openId} row={opened} />
          </section>
        )}
      </div>
      {narrow && (
        <Side
          open={openId !== null}
          title={opened && <DetailHead subject={opened.template_label} one={opened} />}
          onClose={() => open(null)}
        >
          {openId !== null && <Detail key={openId} id={openId} row={opened} />}
        </Side>
      )}
      {releasing !== null && <ReleaseDialog channel={releasing} onClose={() => setReleasing(null)} />}
    </Page>
  );
}

function MessageList({
  rows,
  openId,
  onOpen,
}: {
  rows: readonly Message[];
  openId: number | null;
  onOpen: (id: number) => void;
}) {
  const { t } = useTranslation();
  return (
    <div>
      <div className="message message-head" aria-hidden="true">
        <span>{t("messages:due")}</span>
        <span />
        <span>{t("messages:to")}</span>
        <span>{t("messages:subject")}</span>
        <span>{t("messages:state")}</span>
        <span>{t("messages:why")}</span>
      </div>
      {rows.map((one) => (
        <MessageRow key={one.id} one={one} on={one.id === openId} onOpen={() => onOpen(one.id)} />
      ))}
    </div>
  );
}
