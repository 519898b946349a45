import { infiniteQueryOptions, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";
import { Chip, Empty, Fetched, Moment, More, Side, toast, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Tone } from "@/theme/tokens";
import type { Sender } from "./api";

type Call = components["schemas"]["CallOut"];
const PAGE = 50;
const TONES: Record<Call["state"], Tone> = {
  queued: "warn",
  sending: "info",
  done: "brand",
  failed: "urgent",
  cancelled: "plain",
  recorded: "plain",
};

const place = (sender: Sender) => (sender.of === "rule" ? `/rules/${sender.key}` : `/processes/${sender.key}`);

const callsQuery = (sender: Sender) =>
  infiniteQueryOptions({
    queryKey: [...keys.channels, "calls", sender.of, sender.key],
    queryFn: ({ signal, pageParam }) =>
      api.get<Call[]>(`${place(sender)}/calls${query({ before: pageParam, limit: PAGE })}`, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length === PAGE ? (last.at(-1)?.id ?? null) : null),
  });

/** What a process or a rule has called, latest first; what failed may be called once more. */
export function CallsSide({ sender, onClose }: { sender: Sender; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const text = useProblemText();
  const found = useInfiniteQuery(callsQuery(sender));
  const rows = found.data?.pages.flat() ?? [];
  const again = useMutation({
    mutationFn: (one: Call) => api.post<void>(`${place(sender)}/calls/${one.id}/retry`),
    onSuccess: async () => {
      toast({ text: t("channels:call_again_done") });
      await found.refetch();
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  return (
    <Side open width={560} title={<h2>{t("channels:calls_of", { process: label(sender) })}</h2>} onClose={onClose}>
      <Fetched of={found} rows={6} none={found.data && rows.length === 0 && <Empty>{t("channels:calls_none")}</Empty>}>
        {() => (
          <ul className="calls">
            {rows.map((one) => (
              <li key={one.id}>
                <p className="row">
                  <Chip tone={TONES[one.state]}>{t(`channels:call_${one.state}`)}</Chip>
                  <Link className="cut" to={`/r/${one.form}/${one.record_id}`}>
                    {one.record_title ?? `#${one.record_id}`}
                  </Link>
                  <span className="grey cut">{label(one)}</span>
                  <span className="spread" />
                  <span className="grey small">
                    <Moment value={one.sent_at ?? one.decided_at} />
                  </span>
                </p>
                <p className="grey-2 cut" title={one.url}>
                  {one.url}
                </p>
                <p className="row">
                  <span className={one.state === "failed" ? "bad" : "grey"}>
                    {[
                      one.status ? t("channels:call_status", { status: one.status }) : "",
                      one.why
                        ? t([`channels:call_why_${one.why}`, `channels:why_${one.why}`], { defaultValue: one.why })
                        : "",
                      t("channels:call_tries", { n: one.tries, most: one.most }),
                    ]
                      .filter(Boolean)
                      .join(t("channels:and"))}
                  </span>
                  <span className="spread" />
                  {one.again && (
                    <Button
                      size="small"
                      loading={again.isPending && again.variables?.id === one.id}
                      onClick={() => again.mutate(one)}
                    >
                      {t("channels:call_again")}
                    </Button>
                  )}
                </p>
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
