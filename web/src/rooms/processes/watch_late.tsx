import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api";
import { Card, DueDay, format, Icon, Moment, PersonName, SmallTable, toast, useClock, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { type Behind, retry, type Watch } from "./watch_api";
import { useWatchWords } from "./watch_words";

/** Tasks past their day, the longest first. */
export function Overdue({ watch, onOpen }: { watch: Watch; onOpen: (what: Behind) => void }) {
  const { t } = useTranslation();
  const words = useWatchWords(watch);
  const { zone } = useClock();
  const { count, rows } = watch.overdue;
  return (
    <Card
      flush
      title={t("watch:overdue")}
      fact={count > 0 ? t("watch:overdue_fact", { count }) : t("watch:overdue_none")}
      extra={
        count > 0 && (
          <Button type="link" size="small" onClick={() => onOpen({ of: "overdue" })}>
            {t("watch:records")}
          </Button>
        )
      }
    >
      {count > 0 && (
        <SmallTable
          className="watch-late"
          columns={[t("watch:record"), t("processes:step"), t("watch:person"), t("watch:due")]}
        >
          {rows.map((row) => (
            <tr key={row.task}>
              <td>
                <Link to={`/r/${watch.form}/${row.record_id}?tab=plan`}>{row.record_title ?? `#${row.record_id}`}</Link>
              </td>
              <td>{row.title ?? words.step(row.key)}</td>
              <td>
                {row.person ? <PersonName name={row.person} /> : <span className="grey">{t("watch:nobody")}</span>}
              </td>
              <td className="nowrap">
                <DueDay value={format.local(row.due_at, zone).day} />
              </td>
            </tr>
          ))}
        </SmallTable>
      )}
      {count > rows.length && <p className="grey watch-none">{t("watch:first_of", { n: rows.length, count })}</p>}
    </Card>
  );
}

/** What cannot go on by itself, why, and another try. */
export function Stuck({ watch }: { watch: Watch }) {
  const { t } = useTranslation();
  const label = useLabel();
  const words = useWatchWords(watch);
  const may = useMe().may.includes("design");
  const again = useRetry(watch.key);
  const { count, rows } = watch.stuck;
  const steps = watch.nodes.filter((n) => n.stuck > 0 || n.paused);
  return (
    <Card flush title={t("watch:stuck")} fact={count > 0 ? t("watch:stuck_fact", { count }) : t("watch:stuck_none")}>
      {steps.map((n) => (
        <div key={n.key} className="row watch-step">
          <Icon name="warning" size={15} style={{ color: "var(--urgent)" }} />
          <span className="spread">
            {t(n.paused ? "watch:paused_step" : "watch:stuck_step", { step: label(n), count: n.stuck })}
          </span>
          {may && (
            <Button size="small" loading={again.isPending} onClick={() => again.mutate({ node: n.key })}>
              {t("watch:retry_step")}
            </Button>
          )}
        </div>
      ))}
      {rows.length > 0 && (
        <SmallTable
          className="watch-stuck"
          columns={[
            t("watch:record"),
            t("processes:step"),
            t("watch:why"),
            t("watch:since"),
            ...(may ? [{ sr: t("watch:retry") }] : []),
          ]}
        >
          {rows.map((row) => (
            <tr key={row.token}>
              <td>
                <Link to={`/r/${watch.form}/${row.record_id}?tab=plan`}>{row.record_title ?? `#${row.record_id}`}</Link>
              </td>
              <td>{words.step(row.key)}</td>
              <td className="watch-fault">{row.fault ?? <span className="grey">{t("watch:fault_hidden")}</span>}</td>
              <td>
                <Moment value={row.at} />
              </td>
              {may && (
                <td className="right">
                  <Button size="small" loading={again.isPending} onClick={() => again.mutate({ token: row.token })}>
                    {t("watch:retry")}
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </SmallTable>
      )}
    </Card>
  );
}

function useRetry(process: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problem = useProblemText();
  return useMutation({
    mutationFn: (what: { token: number } | { node: string }) => retry(process, what),
    onSuccess: async ({ tried, again, later }) => {
      const told =
        tried === 0
          ? t("watch:resumed")
          : again > 0
            ? t("watch:retried_again", { count: tried, again })
            : t("watch:retried", { count: tried });
      toast({
        text: later > 0 ? `${told}${t("processes:comma")}${t("watch:retried_later", { count: later })}` : told,
        ...(again > 0 && { tone: "bad" as const }),
      });
      await client.invalidateQueries({ queryKey: keys.process(process) });
    },
    onError: (error) => toast({ tone: "bad", text: problem(error) }),
  });
}
