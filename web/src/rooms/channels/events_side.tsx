import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";
import { Chip, Empty, Fetched, Moment, More, Notice, Side } from "@/kit";
import type { Tone } from "@/theme/tokens";

type Events = components["schemas"]["EventsOut"];
type Event = components["schemas"]["EventOut"];
const PAGE = 50; // of the server
const TONES: Record<Event["state"], Tone> = {
  new: "info",
  followed: "brand",
  late: "review",
  refused: "urgent",
  failed: "urgent",
};

const eventsQuery = (channel: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.channels, "events", channel],
    queryFn: ({ signal, pageParam }) =>
      api.get<Events>(`/connect/events${query({ channel, before: pageParam })}`, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.rows.length === PAGE ? (last.rows.at(-1)?.id ?? null) : null),
  });

/** What came from the other side and what became of it; requests that were not theirs among it. */
export function EventsSide({ channel, onClose }: { channel: string; onClose: () => void }) {
  const { t } = useTranslation();
  const found = useInfiniteQuery(eventsQuery(channel));
  const rows = found.data?.pages.flatMap((page) => page.rows) ?? [];
  const forged = found.data?.pages[0]?.forged[channel] ?? 0;
  return (
    <Side
      open
      width={560}
      title={<h2>{t("channels:events_of", { channel: t(`channels:name_${channel}`) })}</h2>}
      onClose={onClose}
    >
      {forged > 0 && (
        <Notice tone="warn" icon="shield">
          {t("channels:forged", { count: forged })}
        </Notice>
      )}
      <Fetched of={found} rows={6} none={found.data && rows.length === 0 && <Empty>{t("channels:events_none")}</Empty>}>
        {() => (
          <ul className="calls">
            {rows.map((one) => (
              <li key={one.id}>
                <p className="row">
                  <Chip tone={TONES[one.state]}>{t(`channels:event_${one.state}`)}</Chip>
                  <span className="cut">{one.what ? t(`channels:event_what_${one.what}`) : one.kind}</span>
                  <span className="grey cut">{one.person ?? one.remote}</span>
                  <span className="spread" />
                  <span className="grey small">
                    <Moment value={one.at} />
                  </span>
                </p>
                {one.why && (
                  <p className={one.state === "refused" || one.state === "failed" ? "bad" : "grey"}>
                    {one.said ??
                      t(`channels:event_why_${one.why.replace(/^forged_.*/, "forged")}`, { defaultValue: one.why })}
                    {one.why.startsWith("forged") && <span className="grey"> {one.source}</span>}
                  </p>
                )}
              </li>
            ))}
            {found.hasNextPage && (
              <li>
                <More of={found} label={t("channels:older")} />
              </li>
            )}
          </ul>
        )}
      </Fetched>
    </Side>
  );
}
