import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api";
import { Fetched, FieldError, Icon, toast, useProblemText } from "@/kit";
import { forecastQuery, release } from "./api";
import { TERMS } from "./model";

/** Before anything leaves: the sum, term by term, and a button with the number. */
export function ReleaseDialog({ channel, onClose }: { channel: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const found = useQuery(forecastQuery(channel));
  const name = t(`messages:channel_${channel}`, { defaultValue: channel });
  const go = useMutation({
    mutationFn: () => release(channel),
    onSuccess: async () => {
      onClose();
      toast({ text: t("messages:released_now", { channel: name, count: found.data?.leaving ?? 0 }) });
      await client.invalidateQueries({ queryKey: keys.channels });
      await client.invalidateQueries({ queryKey: keys.allMessages });
    },
  });
  const f = found.data;
  return (
    <Modal
      open
      width={680}
      title={t("messages:release_title", { channel: name })}
      onCancel={onClose}
      footer={
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button onClick={onClose}>{t("not_now")}</Button>
          <Button
            type="primary"
            icon={<Icon name="send" size={15} />}
            disabled={!f}
            loading={go.isPending}
            onClick={() => go.mutate()}
          >
            {f?.leaving
              ? t("messages:release_send", { count: f.leaving })
              : t("messages:release_channel", { channel: name })}
          </Button>
        </div>
      }
    >
      <Fetched of={found} rows={3}>
        {(f) => (
          <div className="release">
            <div className="release-sum">
              <Link to="/messages?tab=held" onClick={onClose} className="release-term">
                <b>{f.waiting}</b>
                <span>{t("messages:term_waiting")}</span>
              </Link>
              {TERMS.map((term, i) => (
                <Fragment key={term}>
                  <span className="grey">{i === 0 ? "=" : "+"}</span>
                  <span className={term === "leaving" ? "release-term release-leaving" : "release-term"}>
                    <b className={f[term] === 0 ? "grey" : undefined}>{f[term]}</b>
                    <span>{t(`messages:term_${term}`)}</span>
                  </span>
                </Fragment>
              ))}
            </div>
            <ul className="release-facts">
              {f.leaving > 0 && <li>{t("messages:fact_leaving", { count: f.leaving })}</li>}
              {f.expired > 0 && <li>{t("messages:fact_expired", { count: f.expired })}</li>}
              {f.merged > 0 && <li>{t("messages:fact_merged", { count: f.merged })}</li>}
              {f.later > 0 && <li>{t("messages:fact_later", { count: f.later })}</li>}
              {f.unaddressed > 0 && (
                <li>
                  <Link to="/messages?tab=failed" onClick={onClose}>
                    {t("messages:fact_unaddressed", { count: f.unaddressed })}
                  </Link>
                </li>
              )}
              {f.waiting === 0 && <li>{t("messages:fact_none")}</li>}
              <li className="grey">{t("messages:fact_recall")}</li>
            </ul>
            {go.isError && <FieldError>{problemText(go.error)}</FieldError>}
          </div>
        )}
      </Fetched>
    </Modal>
  );
}
