import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api";
import { Fetched, FieldError, Icon, Moment, toast, useProblemText } from "@/kit";
import { approveMass, type Forecast, forecastQuery, release } from "./api";
import { type Term, told } from "./model";
import { ToMe } from "./to_me";

/** Before anything leaves: the sum, term by term, each opening its list, and a button with the number. */
export function ReleasePanel({
  channel,
  template,
  templateLabel,
  released,
  mass,
  first,
  term,
  to,
  onScope,
  onClose,
}: {
  channel: string;
  /** only what waits of this template */
  template: string | null;
  /** what the batch is called: the one chosen, or that of the message that is open */
  templateLabel: { key: string; label: string } | null;
  /** the channel is; then only batches wait */
  released: boolean;
  /** the template waits for a first look */
  mass: boolean;
  /** a message of the batch, for a copy to oneself */
  first: number | null;
  /** the term whose list is shown */
  term: Term | null;
  /** the address of a term's list */
  to: (term: Term | null) => string;
  onScope: (template: string | null) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const found = useQuery(forecastQuery(channel, template));
  const name = t(`messages:channel_${channel}`, { defaultValue: channel });
  const go = useMutation({
    mutationFn: () => release(channel, template),
    onSuccess: async () => {
      const count = found.data?.leaving ?? 0;
      onClose();
      toast({
        text: template
          ? t("messages:released_batch", { name: templateLabel?.label ?? name, count })
          : t("messages:released_now", { channel: name, count }),
      });
      await client.invalidateQueries({ queryKey: keys.channels });
      await client.invalidateQueries({ queryKey: keys.allMessages });
    },
  });
  const always = useMutation({
    mutationFn: () => approveMass(template ?? ""),
    onSuccess: async () => {
      onClose();
      toast({ text: t("messages:approved", { name: templateLabel?.label ?? "" }) });
      await client.invalidateQueries({ queryKey: keys.channels });
      await client.invalidateQueries({ queryKey: keys.allMessages });
    },
  });
  const scopes = [
    ...(templateLabel
      ? [{ value: templateLabel.key, label: t("messages:scope_batch", { name: templateLabel.label }) }]
      : []),
    ...(released ? [] : [{ value: "", label: t("messages:scope_channel", { channel: name }) }]),
  ];
  return (
    <section className="release" aria-label={t("messages:release_title", { channel: name })}>
      <header className="row">
        <b>{t("messages:before")}</b>
        {scopes.length > 1 ? (
          <Segmented<string>
            size="small"
            aria-label={t("messages:scope")}
            value={template ?? ""}
            options={scopes}
            onChange={(value) => onScope(value || null)}
          />
        ) : (
          <span className="grey">{scopes[0]?.label}</span>
        )}
        <span className="spread" />
        <span className="grey small release-audit">{t("messages:audited")}</span>
        <button type="button" className="icon-button" aria-label={t("close")} onClick={onClose}>
          <Icon name="close" size={14} />
        </button>
      </header>
      <Fetched of={found} rows={2}>
        {(f) => (
          <>
            <div className="release-row">
              <Sum of={f} term={term} to={to} />
              <span className="spread" />
              {first !== null && <ToMe id={first} channel={channel} />}
              {mass && template && (
                <Button loading={always.isPending} onClick={() => always.mutate()}>
                  {t("messages:approve_always")}
                </Button>
              )}
              <Button
                type="primary"
                icon={<Icon name="send" size={15} />}
                loading={go.isPending}
                disabled={template !== null && f.waiting === 0}
                onClick={() => go.mutate()}
              >
                {f.leaving
                  ? t("messages:release_send", { count: f.leaving })
                  : template
                    ? t("messages:release_batch")
                    : t("messages:release_channel", { channel: name })}
              </Button>
            </div>
            <p className="grey small">
              {f.opens_at ? (
                <>
                  {t("messages:opens_at")} <Moment value={f.opens_at} />
                  {" · "}
                </>
              ) : null}
              {f.waiting === 0 ? t("messages:fact_none") : t("messages:fact_recall")}
              {f.unaddressed > 0 && (
                <>
                  {" · "}
                  <Link to={`/messages?tab=failed&channel=${channel}`}>
                    {t("messages:fact_unaddressed", { count: f.unaddressed })}
                  </Link>
                </>
              )}
            </p>
          </>
        )}
      </Fetched>
      {(go.isError || always.isError) && <FieldError>{problemText(go.error ?? always.error)}</FieldError>}
    </section>
  );
}

/** 86 − 3 合并 − 4 已过期 = 79 封发出 */
function Sum({ of: f, term, to }: { of: Forecast; term: Term | null; to: (term: Term | null) => string }) {
  const { t } = useTranslation();
  return (
    <div className="release-sum">
      <Link to={to(null)} className="release-term" aria-current={term === null}>
        <b>{f.waiting}</b>
        <span>{t("messages:term_waiting")}</span>
      </Link>
      {told(f).map((one) => (
        <Fragment key={one}>
          <span className="grey">−</span>
          <Link
            to={to(one)}
            className={one === "later" || one === "merged" ? "release-term" : "release-term release-lost"}
            aria-current={term === one}
          >
            <b>{f[one]}</b>
            <span>{t(`messages:term_${one}`)}</span>
          </Link>
        </Fragment>
      ))}
      <span className="grey">=</span>
      <Link to={to("leaving")} className="release-term release-leaving" aria-current={term === "leaving"}>
        <b>{f.leaving}</b>
        <span>{t("messages:term_leaving", { count: f.customers })}</span>
      </Link>
    </div>
  );
}
