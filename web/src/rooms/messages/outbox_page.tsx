import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { Empty, Fetched, Head, Icon, Page, Side, Tabs, useKeys, useNarrow, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import {
  channelsQuery,
  exportPath,
  filtersQuery,
  type Message,
  massQuery,
  outboxQuery,
  TABS,
  type Tab,
  termQuery,
} from "./api";
import { ChannelCards } from "./channel_cards";
import { ChosenBar } from "./chosen_bar";
import { Detail, DetailHead } from "./detail";
import { Filters } from "./filters";
import { MessageRow } from "./message_row";
import { askedOf, narrowed, TAKEN, type Term } from "./model";
import { PolicyDialog } from "./policy_dialog";
import { ReleasePanel } from "./release_panel";
import "./messages.css";

const TERMS: readonly Term[] = [...TAKEN, "leaving"];

/** 消息与发信箱: every message that leaves, with its exact text, and the release of the channels. */
export function OutboxPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const phone = usePhone();
  const [params, setParams] = useSearchParams();
  const [filtering, setFiltering] = useState(false);
  const [policy, setPolicy] = useState(false);
  const [picked, pick] = useState<ReadonlySet<number>>(new Set());
  const anchor = useRef<number | null>(null);
  const may = me.may.includes("release");
  const asked = askedOf(params, TABS);
  const channels = useQuery(channelsQuery);
  const mass = useQuery({ ...massQuery, enabled: may }).data ?? [];
  const templates = useQuery(filtersQuery).data?.templates ?? [];
  const found = useInfiniteQuery(outboxQuery(asked));
  const counts = found.data?.pages[0]?.counts;

  const releasing = may && asked.tab === "held" ? (params.get("release") ?? null) : null;
  const batch = releasing ? (asked.template ?? null) : null;
  const wanted = params.get("term") as Term;
  const term = releasing && TERMS.includes(wanted) ? wanted : null;
  const behind = useQuery({ ...termQuery(releasing ?? "", term ?? "", batch), enabled: term !== null });
  const listed = found.data?.pages.flatMap((p) => p.rows) ?? [];
  const rows = term ? (behind.data ?? []) : listed;
  const openId = Number(params.get("open")) || null;
  const opened = rows.find((r) => r.id === openId);
  const chosen = rows.filter((r) => picked.has(r.id));

  function change(values: Record<string, string | null>, replace = true) {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(values)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    setParams(next, { replace });
  }
  const address = (values: Record<string, string | null>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(values)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    return `/messages?${next.toString()}`;
  };
  const open = (id: number | null) => change({ open: id === null ? null : String(id) });
  const move = (step: number) => {
    const at = rows.findIndex((r) => r.id === openId);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (next) open(next.id);
  };
  function pickOne(id: number, on: boolean, range: boolean) {
    const next = new Set(picked);
    const [from, to] = [rows.findIndex((r) => r.id === anchor.current), rows.findIndex((r) => r.id === id)];
    const ids = range && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1).map((r) => r.id) : [id];
    for (const one of ids) {
      if (on) next.add(one);
      else next.delete(one);
    }
    anchor.current = id;
    pick(next);
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    f: () => setFiltering(!filtering),
    x: openId !== null && may && (() => pickOne(openId, !picked.has(openId), false)),
    Escape: picked.size > 0 ? () => pick(new Set()) : openId !== null && (() => open(null)),
  });

  const batchKey = asked.template ?? opened?.template ?? null;
  const batchName = templates.find((one) => one.key === batchKey);
  const channel = channels.data?.find((one) => one.key === releasing);
  const head = (
    <>
      {may && (
        <Button icon={<Icon name="settings" size={15} />} onClick={() => setPolicy(true)}>
          {t("messages:policy")}
        </Button>
      )}
      {!phone && (
        <Button icon={<Icon name="download" size={15} />} href={exportPath(asked)} download>
          {t("messages:export")}
        </Button>
      )}
    </>
  );
  return (
    <Page fit>
      <Head title={t("shell:messages")} fact={t("messages:fact")} actions={head} />
      {channels.data && (
        <ChannelCards
          channels={channels.data}
          mass={mass}
          onRelease={(key, template) =>
            void navigate(`/messages?tab=held&channel=${key}&release=${key}${template ? `&template=${template}` : ""}`)
          }
        />
      )}
      <div className={openId !== null && !narrow ? "outbox outbox-open" : "outbox"}>
        <section className="card card-flush outbox-list">
          <Tabs
            label={t("shell:messages")}
            active={asked.tab}
            items={TABS.map((key) => ({
              key,
              label: t(`messages:tab_${key}`),
              to: tabAddress(params, key),
              count: counts?.[key],
            }))}
            extra={
              <Button
                size="small"
                title="F"
                aria-expanded={filtering || narrowed(asked)}
                icon={<Icon name="filter" size={14} />}
                onClick={() => setFiltering(!filtering)}
              >
                {t("messages:filter")}
              </Button>
            }
          />
          {(filtering || (narrowed(asked) && !releasing)) && (
            <div className="outbox-narrow">
              <Filters
                asked={asked}
                channels={channels.data ?? []}
                onChange={(name, value) => change({ [name]: value, open: null, term: null, release: null })}
              />
              {narrowed(asked) && (
                <Button
                  size="small"
                  type="link"
                  onClick={() =>
                    change({
                      channel: null,
                      template: null,
                      customer: null,
                      day: null,
                      release: null,
                      term: null,
                      open: null,
                    })
                  }
                >
                  {t("messages:filter_none")}
                </Button>
              )}
            </div>
          )}
          {releasing && (
            <ReleasePanel
              channel={releasing}
              template={batch}
              templateLabel={batchName ? { key: batchName.key, label: label(batchName) } : null}
              released={channel?.released ?? false}
              mass={mass.some((one) => one.template === batch)}
              first={(opened ?? listed[0])?.id ?? null}
              term={term}
              to={(one) => address({ term: one, open: null })}
              onScope={(template) => change({ template, term: null })}
              onClose={() => change({ release: null, term: null })}
            />
          )}
          <div className="list-scroll">
            <Fetched<unknown>
              of={term ? behind : found}
              rows={12}
              none={
                rows.length === 0 &&
                !(term && behind.isPending) && (
                  <Empty
                    actions={
                      narrowed(asked) || term ? (
                        <Button onClick={() => void navigate(`/messages?tab=${asked.tab}`)}>
                          {t("messages:filter_none")}
                        </Button>
                      ) : (
                        asked.tab !== "all" && (
                          <Button onClick={() => void navigate("/messages")}>{t("messages:see_all")}</Button>
                        )
                      )
                    }
                  >
                    {narrowed(asked) || term ? t("messages:none_filtered") : t(`messages:none_${asked.tab}`)}
                  </Empty>
                )
              }
            >
              {() => (
                <>
                  <MessageList
                    rows={rows}
                    openId={openId}
                    onOpen={open}
                    picked={picked}
                    onPick={may && !phone ? pickOne : null}
                  />
                  {!term && found.hasNextPage && (
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
            <span>{counts && foot(t, rows.length, narrowed(asked) || term ? null : counts[asked.tab])}</span>
            <span className="cut">{t("messages:once")}</span>
          </p>
        </section>
        {openId !== null && !narrow && (
          <section className="card card-flush outbox-detail" aria-label={opened?.subject}>
            <div className="side-head">
              <div className="spread cut">
                <DetailHead id={openId} row={opened} />
              </div>
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
          title={openId !== null && <DetailHead id={openId} row={opened} />}
          onClose={() => open(null)}
        >
          {openId !== null && <Detail key={openId} id={openId} row={opened} />}
        </Side>
      )}
      {chosen.length > 0 && <ChosenBar rows={chosen} onClear={() => pick(new Set())} />}
      {policy && <PolicyDialog onClose={() => setPolicy(false)} />}
    </Page>
  );
}

/** Another tab keeps what the list is narrowed by, and lets go of what is open. */
function tabAddress(params: URLSearchParams, tab: Tab): string {
  const next = new URLSearchParams(params);
  for (const name of ["open", "term", "release"]) next.delete(name);
  next.set("tab", tab);
  return `/messages?${next.toString()}`;
}

function foot(t: ReturnType<typeof useTranslation>["t"], n: number, all: number | null): string {
  return all === null ? t("messages:shown_some", { n }) : t("messages:shown", { n, all: all.toLocaleString("en") });
}

function MessageList({
  rows,
  openId,
  onOpen,
  picked,
  onPick,
}: {
  rows: readonly Message[];
  openId: number | null;
  onOpen: (id: number) => void;
  picked: ReadonlySet<number>;
  onPick: ((id: number, on: boolean, range: boolean) => void) | null;
}) {
  const { t } = useTranslation();
  return (
    <div className={onPick ? "messages-picking" : undefined}>
      <div className="message message-head" aria-hidden="true">
        <span>{t("messages:due")}</span>
        <span />
        <span className="message-customer">{t("messages:customer")}</span>
        <span>{t("messages:to")}</span>
        <span>{t("messages:subject")}</span>
        <span>{t("messages:state")}</span>
        <span className="message-why">{t("messages:why")}</span>
      </div>
      {rows.map((one) => (
        <MessageRow
          key={one.id}
          one={one}
          on={one.id === openId}
          onOpen={() => onOpen(one.id)}
          picked={picked.has(one.id)}
          {...(onPick ? { onPick: (on: boolean, range: boolean) => onPick(one.id, on, range) } : {})}
        />
      ))}
    </div>
  );
}
