import { useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api";
import { Chip, format, Icon, Moment, toast, useAsk, useClock, useProblemText } from "@/kit";
import { clearSetup, type Standing } from "./api";
import { EventsSide } from "./events_side";
import { compareMirror, MirrorFacts } from "./mirror_facts";
import { ICONS, LOOK, maskedPhone } from "./model";
import { TryButton } from "./try_button";
import { TryResult } from "./try_result";

/** One channel: how it stands, what it did today, the last problem in plain words, and "send me one". */
export function ChannelCard({ one, onSet }: { one: Standing; onSet: () => void }) {
  const { t } = useTranslation();
  const look = LOOK[one.state];
  const name = t(`channels:name_${one.channel}`);
  const head = (
    <div className="way-head">
      <span className="way-icon">
        <Icon name={ICONS[one.channel] ?? "send"} size={20} />
      </span>
      <h2>{name}</h2>
      <Chip tone={look.tone} {...(look.icon && { icon: look.icon })}>
        {t(
          one.state === "resting" && one.why !== "throttled" ? "channels:state_waiting" : `channels:state_${one.state}`,
        )}
      </Chip>
      <span className="spread" />
      {one.state !== "none" && !one.by_server && <More one={one} onSet={onSet} />}
    </div>
  );
  if (one.state === "none") {
    return (
      <section className="card way way-none" aria-label={name}>
        {head}
        <p className="grey-2">{t(`channels:need_${one.channel}`)}</p>
        <div className="way-foot">
          <Button onClick={onSet}>{t("channels:set_up")}</Button>
        </div>
      </section>
    );
  }
  return (
    <section className={`card way way-${one.state}`} aria-label={name}>
      {head}
      <dl className="way-facts">
        {facts(one, t).map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="cut" {...(typeof value === "string" && { title: value })}>
              {value}
            </dd>
          </div>
        ))}
        <Release one={one} />
        {one.kind === "app" && <MirrorFacts channel={one.channel} />}
        <Problem one={one} />
      </dl>
      <div className="way-foot">
        <Sending one={one} onSet={onSet} />
      </div>
    </section>
  );
}

function Sending({ one, onSet }: { one: Standing; onSet: () => void }) {
  const { t } = useTranslation();
  const [pending, setPending] = useState(false);
  const inward = one.channel === "mail_in";
  return (
    <>
      {one.tried && !pending ? (
        <TryResult tried={one.tried} inward={inward} />
      ) : (
        <p className="grey way-tried">{pending ? t("channels:trying") : aim(one, t)}</p>
      )}
      <div className="row">
        <TryButton one={one} onPending={setPending} />
        {!one.by_server && <Button onClick={onSet}>{t("channels:settings")}</Button>}
      </div>
    </>
  );
}

type Say = (key: string, values?: Record<string, unknown>) => string;

/** Where "send me one" would go. */
function aim(one: Standing, t: Say): string {
  if (one.channel === "mail_in") return t("channels:to_box");
  if (one.kind === "robot") return t("channels:to_group");
  if (one.to) return t("channels:to_me", { to: one.channel === "sms" ? maskedPhone(one.to) : one.to });
  return t(one.asks_to ? "channels:to_asked" : `channels:to_none_${one.channel}`);
}

/** What tells one setup from another, and what it did today. */
function facts(one: Standing, t: Say): [string, ReactNode][] {
  const v = one.values as Record<string, string | number | Record<string, string> | undefined>;
  const text = (key: string) => (v[key] === undefined || typeof v[key] === "object" ? "" : String(v[key]));
  const rows: [string, ReactNode][] = [];
  const add = (label: string, value: string) => value && rows.push([t(`channels:${label}`), value]);
  if (one.by_server) add("by", t("channels:by_server"));
  if (one.channel === "mail" || one.channel === "mail_in") {
    add("field_host", text("host"));
    if (one.channel === "mail") add("field_sender", text("sender"));
    else add("field_user", text("user"));
  } else {
    const many = v.codes && typeof v.codes === "object" ? Object.keys(v.codes).length : 0;
    add(one.channel === "sms" ? "vendor" : "way", one.kind ? t(`channels:kind_${one.channel}_${one.kind}`) : "");
    add("field_sign_name", text("sign_name"));
    if (one.channel === "sms") add("field_codes", t("channels:codes_of", { count: many }));
    add("field_corp_id", text("corp_id"));
    add("field_app_key", text("app_key"));
    if (one.channel === "feishu") add("field_app_id", text("app_id"));
    add("field_agent_id", text("agent_id"));
  }
  if (text("base_url")) add("field_base_url", text("base_url"));
  if (one.taken) {
    rows.push([t("channels:today"), t("channels:taken", { count: one.taken.today, bounces: one.taken.bounces })]);
    if (one.taken.last_at) rows.push([t("channels:last"), <Moment key="last" value={one.taken.last_at} />]);
  } else if (one.outward) {
    const more = [
      one.bounced ? t("channels:bounced_of", { count: one.bounced }) : "",
      one.failed ? t("channels:failed_of", { count: one.failed }) : "",
      one.uncertain ? t("channels:uncertain_of", { count: one.uncertain }) : "",
    ];
    rows.push([
      t("channels:today"),
      [t(`channels:sent_${one.channel === "mail" ? "mail" : "other"}`, { count: one.sent }), ...more]
        .filter(Boolean)
        .join(t("channels:and")),
    ]);
  }
  return rows;
}

/** Whether anything leaves: the outbox is where that is decided. */
function Release({ one }: { one: Standing }) {
  const { t } = useTranslation();
  if (!one.outward) return null;
  return (
    <div>
      <dt>{t("channels:release")}</dt>
      <dd>
        {one.released_at ? (
          t("channels:released")
        ) : (
          <Link to={one.waiting ? "/messages?tab=held" : "/messages"} className="way-held">
            {one.waiting ? t("channels:held_of", { count: one.waiting }) : t("channels:held")}
          </Link>
        )}
      </dd>
    </div>
  );
}

/** The last thing that went wrong with messages, in plain words, and until when nothing leaves. What a try met stands at its button. */
function Problem({ one }: { one: Standing }) {
  const { t } = useTranslation();
  const { today, zone } = useClock();
  if (one.state !== "stopped" && one.state !== "resting" && one.state !== "trouble") return null;
  const until = one.wait_until ? format.local(one.wait_until, zone) : null;
  return (
    <>
      {one.problem && (
        <div>
          <dt>{t("channels:problem")}</dt>
          <dd className={one.state === "resting" ? "way-warn" : "bad"} title={one.problem}>
            {one.problem_at && one.why !== "secret_lost" && (
              <>
                <Moment value={one.problem_at} />{" "}
              </>
            )}
            {t(`channels:why_${one.why}`, { defaultValue: one.problem })}
          </dd>
        </div>
      )}
      {one.state === "resting" && until && (
        <div>
          <dt>{t("channels:next")}</dt>
          <dd>{until.day === today ? until.time : <Moment value={one.wait_until} />}</dd>
        </div>
      )}
      {one.state === "stopped" && (
        <div>
          <dt>{t("channels:remedy")}</dt>
          <dd>{t("channels:stopped_fact")}</dd>
        </div>
      )}
    </>
  );
}

function More({ one, onSet }: { one: Standing; onSet: () => void }) {
  const { t } = useTranslation();
  const ask = useAsk();
  const client = useQueryClient();
  const problemText = useProblemText();
  const name = t(`channels:name_${one.channel}`);
  const [events, setEvents] = useState(false);
  async function compare() {
    try {
      await compareMirror(one.channel);
      toast({ text: t("channels:compared") });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  async function clear() {
    const yes = await ask({
      title: t("channels:clear_title", { channel: name }),
      effect:
        one.channel === "mail_in"
          ? t("channels:clear_effect_in")
          : one.waiting
            ? t("channels:clear_effect", { count: one.waiting })
            : t("channels:clear_effect_none"),
      verb: t("channels:clear"),
    });
    if (!yes) return;
    try {
      await clearSetup(one.channel);
      toast({ text: t("channels:cleared", { channel: name }) });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    await client.invalidateQueries({ queryKey: keys.channels });
  }
  return (
    <>
      <Dropdown
        trigger={["click"]}
        placement="bottomRight"
        menu={{
          items: [
            { key: "set", label: t("channels:settings"), onClick: onSet },
            ...(one.kind === "app"
              ? [
                  { key: "events", label: t("channels:events_log"), onClick: () => setEvents(true) },
                  { key: "compare", label: t("channels:compare"), onClick: () => void compare() },
                ]
              : []),
            { key: "clear", label: t("channels:clear"), danger: true, onClick: () => void clear() },
          ],
        }}
      >
        <button type="button" className="icon-button" aria-label={t("channels:more_of", { channel: name })}>
          <Icon name="more" />
        </button>
      </Dropdown>
      {events && <EventsSide channel={one.channel} onClose={() => setEvents(false)} />}
    </>
  );
}
