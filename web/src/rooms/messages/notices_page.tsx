import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api";
import { Empty, Fetched, Head, Icon, Moment, More, Page } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { formIcon } from "@/shell/nav";
import { type Notice, noticePagesQuery, readNotices } from "./api";
import "./messages.css";

const addressOf = (one: Notice) =>
  `/r/${one.form}/${one.record_id}${one.comment_id ? `?tab=comments&comment=${one.comment_id}` : ""}`;

/** What I was told, newest first. Opening the page counts as seen; what was new stays marked while it is open. */
export function NoticesPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const client = useQueryClient();
  const found = useInfiniteQuery(noticePagesQuery);
  const rows = found.data?.pages.flatMap((p) => p.rows) ?? [];
  const newest = rows[0]?.id;
  const unread = found.data?.pages[0]?.unread ?? 0;
  const [fresh, setFresh] = useState<{ count: number; ids: ReadonlySet<number> }>({ count: 0, ids: new Set() });
  useEffect(() => {
    if (newest === undefined || unread === 0) return;
    const pages = client.getQueryData(noticePagesQuery.queryKey)?.pages ?? [];
    const ids = pages.flatMap((p) => p.rows.filter((n) => !n.read_at).map((n) => n.id));
    setFresh((before) =>
      before.ids.has(newest) ? before : { count: before.count + unread, ids: new Set([...before.ids, ...ids]) },
    );
    void readNotices(newest).then(() => client.invalidateQueries({ queryKey: keys.notices }));
  }, [newest, unread, client]);
  return (
    <Page>
      <Head
        title={t("shell:notices")}
        fact={fresh.count ? t("messages:new_notices", { count: fresh.count }) : t("messages:notices_fact")}
      />
      <section className="card card-flush">
        <Fetched of={found} rows={6} none={rows.length === 0 && <Empty>{t("messages:no_notices")}</Empty>}>
          {() => (
            <ul>
              {rows.map((one) => {
                const form = forms.find((f) => f.key === one.form);
                const isNew = fresh.ids.has(one.id);
                const told = one.what && one.what !== "export" && one.what !== "pack";
                const ofTasks = one.what === "given" || one.what === "taken" || one.what === "urged";
                const words = one.by
                  ? t("messages:mentioned", { who: one.by, title: one.subject })
                  : told
                    ? t(`messages:told_${one.what}`, { who: one.who ?? "", count: one.number ?? 1, title: one.subject })
                    : one.subject;
                return (
                  <li key={one.id}>
                    <Link
                      to={
                        ofTasks
                          ? "/tasks"
                          : told && !one.form
                            ? "/messages"
                            : one.what && !told
                              ? "/exports"
                              : addressOf(one)
                      }
                      className={isNew ? "notice-row notice-new" : "notice-row"}
                    >
                      <Icon
                        name={
                          one.by
                            ? "chat"
                            : ofTasks
                              ? "todo"
                              : one.what === "escalated"
                                ? "alert"
                                : told
                                  ? "mail"
                                  : one.what
                                    ? "download"
                                    : formIcon(one.form)
                        }
                        size={17}
                      />
                      <span className="spread cut">
                        {isNew ? <b>{words}</b> : words}
                        {isNew && <span className="sr">{t("messages:unread")}</span>}
                      </span>
                      <span className="grey">
                        {form ? (one.title ?? label(form)) : one.what && !told ? t("exports:notice_ready") : ""}
                      </span>
                      <span className="grey">
                        <Moment value={one.decided_at} />
                      </span>
                    </Link>
                  </li>
                );
              })}
            </ul>
          )}
        </Fetched>
        {found.hasNextPage && (
          <p className="outbox-more">
            <More of={found} label={t("messages:more")} />
          </p>
        )}
      </section>
    </Page>
  );
}
