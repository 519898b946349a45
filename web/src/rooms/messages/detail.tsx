import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api";
import { Fetched, Icon, type IconName, Moment, toast, useAsk, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { type Message, type MessageDetail, messageQuery, resolve } from "./api";
import { acts } from "./model";
import { StandingChip, useWhy } from "./standing_chip";

/** One message: the exact text as it left or will leave, where it comes from, its course, and what a person may do. */
export function Detail({ id, row }: { id: number; row?: Message | undefined }) {
  const found = useQuery(messageQuery(id));
  return (
    <Fetched of={found} rows={8}>
      {(one) => <Body one={one} row={row} />}
    </Fetched>
  );
}

function Body({ one, row }: { one: MessageDetail; row: Message | undefined }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const why = useWhy();
  const [values, setValues] = useState(false);
  const form = forms.find((f) => f.key === one.form);
  const captured = Object.entries(one.captured);
  const record = one.captured.number ?? one.captured["customer.name"] ?? `#${one.record_id}`;
  return (
    <>
      <div className="message-body">
        <dl className="message-facts">
          <dt>{t("messages:to")}</dt>
          <dd>
            {one.name ?? "—"} {one.address && <span className="grey">&lt;{one.address}&gt;</span>}
          </dd>
          <dt>{t("messages:due")}</dt>
          <dd>
            <Moment value={one.due_at} />
            {one.not_after && one.state === "queued" && (
              <span className="grey">
                {" "}
                · {t("messages:not_after")} <Moment value={one.not_after} />
              </span>
            )}
          </dd>
          <dt>{t("messages:from")}</dt>
          <dd>
            <Link to={`/r/${one.form}/${one.record_id}`}>
              {form ? label(form) : one.form} {record}
            </Link>
            {row && <span className="grey"> · {row.template_label}</span>}
          </dd>
        </dl>
        <article className="paper">
          <h3>{one.subject}</h3>
          <p>{one.body}</p>
        </article>
        {captured.length > 0 && (
          <div>
            <button
              type="button"
              className="bare message-more"
              aria-expanded={values}
              onClick={() => setValues(!values)}
            >
              <Icon name={values ? "up" : "down"} size={13} />
              {t("messages:captured", { count: captured.length })}
            </button>
            {values && (
              <dl className="message-facts">
                {captured.map(([name, value]) => (
                  <Value key={name} name={name} value={value} />
                ))}
              </dl>
            )}
          </div>
        )}
        <h3>{t("messages:course")}</h3>
        <ol className="course">
          <Step icon="edit" at={one.decided_at} text={t("messages:decided")} fact={t("messages:decided_fact")} />
          {row?.held && (
            <Step icon="pause" at={null} text={t("messages:waits_release")} fact={t("messages:held_fact")} />
          )}
          {one.attempts.map((a) => (
            <Step
              key={a.started_at}
              icon={a.outcome === "sent" ? "tick" : a.outcome === null || a.outcome === "uncertain" ? "help" : "bang"}
              at={a.started_at}
              text={t(`messages:attempt_${a.outcome ?? "open"}`)}
              fact={a.detail === "recorded" ? t("messages:recorded") : (a.detail ?? "")}
            />
          ))}
          {one.merged_into && (
            <Step icon="copy" at={one.settled_at} text={t("messages:merged_into", { id: one.merged_into })} fact="" />
          )}
          {one.state !== "sent" && one.state !== "queued" && !one.merged_into && (
            <Step
              icon={one.state === "cancelled" || one.state === "expired" ? "forbid" : "info"}
              at={one.settled_at}
              text={t(`messages:state_${one.state}`)}
              fact={why(one.why)}
            />
          )}
          {one.state === "queued" && !row?.held && (
            <Step icon="clock" at={one.try_at} text={t("messages:will_try")} fact={why(one.why)} />
          )}
        </ol>
      </div>
      <Acts one={one} />
    </>
  );
}

function Value({ name, value }: { name: string; value: string | null }) {
  const { t } = useTranslation();
  return (
    <>
      <dt className="mono">{name}</dt>
      <dd>{value ?? <span className="bad">{t("messages:blank")}</span>}</dd>
    </>
  );
}

function Step({ icon, at, text, fact }: { icon: IconName; at: string | null; text: string; fact: string }) {
  return (
    <li>
      <Icon
        name={icon}
        size={16}
        style={{ color: icon === "tick" ? "var(--brand)" : icon === "bang" ? "var(--urgent)" : "var(--text-3)" }}
      />
      <span className="spread">
        {text}
        {fact && <span className="grey small course-fact">{fact}</span>}
      </span>
      {at && (
        <span className="grey">
          <Moment value={at} />
        </span>
      )}
    </li>
  );
}

function Acts({ one }: { one: MessageDetail }) {
  const { t } = useTranslation();
  const me = useMe();
  const ask = useAsk();
  const client = useQueryClient();
  const problemText = useProblemText();
  const act = useMutation({
    mutationFn: (what: "again" | "arrived" | "cancel") => resolve(one.id, what),
    onSuccess: async (_, what) => {
      toast({ text: t(`messages:done_${what}`) });
      await client.invalidateQueries({ queryKey: keys.allMessages });
      await client.invalidateQueries({ queryKey: keys.channels });
    },
  });
  const possible = me.may.includes("release") ? acts(one.state) : [];
  if (possible.length === 0) return null;
  async function begin(what: "again" | "arrived" | "cancel") {
    const who = one.name ?? one.address ?? "—";
    const yes =
      what === "arrived" ||
      (await ask({
        title: t(`messages:ask_${what}`, { who, subject: one.subject }),
        effect: t(what === "again" && one.state === "uncertain" ? "messages:effect_twice" : `messages:effect_${what}`),
        verb: t(`messages:act_${what}`),
      }));
    if (yes) act.mutate(what);
  }
  return (
    <footer className="message-acts">
      {one.state === "uncertain" && <p className="message-doubt">{t("messages:doubt")}</p>}
      {act.isError && <p className="bad">{problemText(act.error)}</p>}
      <div className="row">
        {possible.map((what) => (
          <Button
            key={what}
            danger={what === "cancel"}
            type={what === "again" ? "primary" : "default"}
            loading={act.isPending && act.variables === what}
            onClick={() => void begin(what)}
            style={what === "cancel" ? { marginRight: "auto" } : {}}
          >
            {t(`messages:act_${what}`)}
          </Button>
        ))}
      </div>
    </footer>
  );
}

export function DetailHead({ subject, one }: { subject: string; one: Message }) {
  return (
    <span className="row" style={{ minWidth: 0 }}>
      <b className="cut">{subject}</b>
      <StandingChip one={one} />
    </span>
  );
}
