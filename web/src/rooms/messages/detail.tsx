import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api";
import { Fetched, Icon, type IconName, Moment, toast, useAsk, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { useNames } from "@/rooms/templates/use_names";
import {
  type Behind,
  behindQuery,
  cancelMany,
  letGo,
  type Message,
  type MessageDetail,
  messageQuery,
  readdress,
  recipientsQuery,
  resend,
  resolve,
} from "./api";
import { type Act, acts } from "./model";
import { StandingChip, useWhy } from "./standing_chip";
import { ToMe } from "./to_me";

/** One message: the exact text as it left or will leave, where it comes from, its course, and what a person may do. */
export function Detail({ id, row }: { id: number; row?: Message | undefined }) {
  const found = useQuery(messageQuery(id));
  const behind = useQuery(behindQuery(id)).data;
  return (
    <Fetched of={found} rows={8}>
      {(one) => <Body one={one} row={row} behind={behind} />}
    </Fetched>
  );
}

function Body({ one, row, behind }: { one: MessageDetail; row: Message | undefined; behind: Behind | undefined }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const why = useWhy();
  const me = useMe();
  const [values, setValues] = useState(false);
  const ways = (left: readonly string[]) =>
    [...left.map((key) => t(`messages:channel_${key}`)), t("messages:a_call")].join(" → ");
  const form = forms.find((f) => f.key === one.form);
  const { names } = useNames(one.form);
  const captured = Object.entries(one.captured);
  const held = behind?.held ?? row?.held ?? false;
  const record = one.captured.number ?? one.captured["customer.name"] ?? `#${one.record_id}`;
  return (
    <>
      <div className="message-body">
        <dl className="message-facts">
          <dt>{t("messages:to")}</dt>
          <dd>
            {one.name ?? "—"} {one.address && <span className="grey">&lt;{one.address}&gt;</span>}
            {behind?.contact_form && behind.contact_id && (
              <span className="grey small course-fact">
                <Link to={`/r/${behind.contact_form}/${behind.contact_id}`}>{t("messages:the_contact")}</Link>
                {behind.chosen_by && ` · ${t("messages:chosen_by", { name: behind.chosen_by })}`}
              </span>
            )}
            {behind?.readdress && me.may.includes("release") && <Readdress one={one} />}
          </dd>
          {behind?.customer && behind.customer_form && (
            <>
              <dt>{t("messages:customer")}</dt>
              <dd>
                <Link to={`/r/${behind.customer_form}/${behind.of_id}`}>{behind.customer}</Link>
              </dd>
            </>
          )}
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
            {behind?.origin && <Origin of={behind.origin} />}
            {row && (
              <span className="grey small course-fact">{t("messages:by_template", { name: row.template_label })}</span>
            )}
            {one.falls_from && (
              <Link className="course-fact" to={`/messages?open=${one.falls_from}`}>
                {t("messages:falls_from", { id: one.falls_from })}
              </Link>
            )}
            {one.resend_of && (
              <Link className="course-fact" to={`/messages?open=${one.resend_of}`}>
                {t("messages:resend_of", { id: one.resend_of })}
              </Link>
            )}
          </dd>
        </dl>
        <article className="paper">
          {one.channel !== "sms" && <h3>{one.subject}</h3>}
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
              {t("messages:captured", { count: captured.length })} <Moment value={one.decided_at} />
            </button>
            {values && (
              <dl className="message-facts">
                {captured.map(([name, value]) => (
                  <Value key={name} name={names.get(name) ?? name} value={value} />
                ))}
              </dl>
            )}
          </div>
        )}
        <h3>{t("messages:course")}</h3>
        <ol className="course">
          <Step icon="edit" at={one.decided_at} text={t("messages:decided")} fact={t("messages:decided_fact")} />
          {held && <Step icon="pause" at={null} text={t("messages:waits_release")} fact={t("messages:held_fact")} />}
          {behind?.let_go_at && (
            <Step
              icon="tick"
              at={behind.let_go_at}
              text={t("messages:let_go")}
              fact={behind.let_go_by ? t("messages:released_by", { name: behind.let_go_by }) : ""}
            />
          )}
          {one.attempts.map((a) => (
            <Step
              key={a.started_at}
              icon={a.outcome === "sent" ? "tick" : a.outcome === null || a.outcome === "uncertain" ? "help" : "bang"}
              at={a.started_at}
              text={t(`messages:attempt_${a.outcome ?? "open"}`)}
              fact={
                a.detail === "recorded" ? t("messages:recorded") : [why(a.why), a.detail].filter(Boolean).join(" · ")
              }
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
          {one.state === "queued" && !held && (
            <Step icon="clock" at={one.try_at} text={t("messages:will_try")} fact={why(one.why)} />
          )}
          {behind?.outward && ["queued", "sending", "uncertain"].includes(one.state) && (
            <Step icon="fork" at={null} text={t("messages:if_fails")} fact={ways(behind.ways_left)} />
          )}
          {one.asks && <Step icon="todo" at={one.settled_at} text={t(`messages:asks_${one.asks}`)} fact="" />}
        </ol>
      </div>
      <Acts one={one} held={held} />
    </>
  );
}

function Value({ name, value }: { name: string; value: string | null }) {
  const { t } = useTranslation();
  return (
    <>
      <dt>{name}</dt>
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

const PROCESS = { process: "/processes", rule: "/design/rules" } as const;

/** The step of a process or the rule that decided it. */
function Origin({ of }: { of: NonNullable<Behind["origin"]> }) {
  const { t } = useTranslation();
  const label = useLabel();
  const version = of.version ? ` v${of.version}` : "";
  return (
    <span className="course-fact">
      {t(`messages:by_${of.kind}`)} <Link to={`${PROCESS[of.kind]}/${of.key}`}>{`${label(of)}${version}`}</Link>
      {of.step && <span className="grey"> · {of.step}</span>}
    </span>
  );
}

/** To another contact of the same customer, as long as nothing has left. */
function Readdress({ one }: { one: MessageDetail }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [open, setOpen] = useState(false);
  const found = useQuery({ ...recipientsQuery(one.id), enabled: open });
  const others = (found.data ?? []).filter((r) => r.address !== one.address);
  const change = useMutation({
    mutationFn: (contact: number) => readdress(one.id, contact),
    onSuccess: async () => {
      setOpen(false);
      toast({ text: t("messages:readdressed") });
      await client.invalidateQueries({ queryKey: keys.allMessages });
      await client.invalidateQueries({ queryKey: keys.channels });
    },
  });
  if (!open)
    return (
      <button type="button" className="bare message-more course-fact" onClick={() => setOpen(true)}>
        {t("messages:readdress")}
      </button>
    );
  return (
    <div className="message-readdress">
      <Select
        autoFocus
        defaultOpen
        style={{ width: "100%" }}
        loading={found.isFetching || change.isPending}
        aria-label={t("messages:readdress")}
        placeholder={t("messages:readdress_hint")}
        notFoundContent={found.isFetching ? null : t("messages:readdress_none")}
        options={others.map((r) => ({ value: r.id, label: `${r.name ?? "—"} ${r.address}` }))}
        onChange={(contact: number) => change.mutate(contact)}
        onBlur={() => setOpen(false)}
      />
      {change.isError && <p className="bad">{problemText(change.error)}</p>}
    </div>
  );
}

function Acts({ one, held }: { one: MessageDetail; held: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const ask = useAsk();
  const client = useQueryClient();
  const problemText = useProblemText();
  const act = useMutation({
    mutationFn: async (what: Act) => {
      if (what === "alone") await letGo([one.id]);
      else if (what === "resend" || (what === "again" && one.state === "uncertain"))
        await resend(one.id, one.state === "uncertain");
      else if (what === "cancel") await cancelMany([one.id]);
      else if (what !== "to_me") await resolve(one.id, what);
    },
    onSuccess: async (_, what) => {
      toast({ text: t(`messages:done_${what}`) });
      await client.invalidateQueries({ queryKey: keys.allMessages });
      await client.invalidateQueries({ queryKey: keys.channels });
    },
  });
  const possible = me.may.includes("release") && one.channel !== "in_app" ? acts({ state: one.state, held }) : [];
  if (possible.length === 0) return null;
  async function begin(what: Act) {
    const who = one.name ?? one.address ?? "—";
    const subject = one.subject || one.body.slice(0, 30);
    const yes =
      what === "arrived" ||
      (await ask({
        title: t(`messages:ask_${what}`, { who, subject }),
        effect: t(what === "again" && one.state === "uncertain" ? "messages:effect_twice" : `messages:effect_${what}`),
        verb: t(`messages:act_${what}`),
      }));
    if (yes) act.mutate(what);
  }
  return (
    <footer className="message-acts">
      {one.state === "uncertain" && <p className="message-doubt">{t("messages:doubt")}</p>}
      {act.isError && <p className="bad">{problemText(act.error)}</p>}
      <div className="row message-buttons">
        {possible.map((what) =>
          what === "to_me" ? (
            <ToMe key={what} id={one.id} channel={one.channel} />
          ) : (
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
          ),
        )}
      </div>
    </footer>
  );
}

/** What it is, and how it stands: also of one that the list beside it does not show. */
export function DetailHead({ id, row }: { id: number; row: Message | undefined }) {
  const one = useQuery(messageQuery(id)).data;
  const held = useQuery(behindQuery(id)).data?.held ?? row?.held ?? false;
  const state = one ?? row;
  return (
    <span className="row" style={{ minWidth: 0 }}>
      <b className="cut">{row?.template_label ?? one?.subject}</b>
      {state && <StandingChip one={{ state: state.state, why: state.why, held }} />}
    </span>
  );
}
