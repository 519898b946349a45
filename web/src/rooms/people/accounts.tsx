import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api } from "@/api";
import type { components } from "@/api/schema";
import { Card, Fetched, FieldError, Moment, Notice, toast, useAsk, useProblemText } from "@/kit";
import { entrancesQuery, useRefused } from "./entrances";
import "./accounts.css";

type Account = components["schemas"]["AccountOut"];
const CHANNELS = ["dingtalk", "wecom", "feishu"] as const;

const mineQuery = queryOptions({
  queryKey: ["accounts", "mine"] as const,
  queryFn: ({ signal }) => api.get<Account[]>("/me/accounts", signal),
});
const theirsQuery = (person: number) =>
  queryOptions({
    queryKey: ["accounts", person] as const,
    queryFn: ({ signal }) => api.get<Account[]>(`/people/${person}/accounts`, signal),
  });

/** 我的账号: who I am in DingTalk, WeCom and Feishu. Nothing where none is bound and none can be. */
export function MyAccounts() {
  const { t } = useTranslation();
  const ask = useAsk();
  const client = useQueryClient();
  const text = useProblemText();
  const [params] = useSearchParams();
  const refused = useRefused();
  const found = useQuery(mineQuery);
  const ways = useQuery(entrancesQuery).data ?? [];
  const release = useMutation({
    mutationFn: (channel: string) => api.delete<Account[]>(`/me/accounts/${channel}`),
    onSuccess: (now) => client.setQueryData(mineQuery.queryKey, now),
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const bound = new Map((found.data ?? []).map((one) => [one.channel as string, one]));
  const shown = CHANNELS.filter((key) => bound.has(key) || ways.includes(key));
  const arrived = params.get("bound");
  if (found.data && shown.length === 0 && !refused) return null;
  async function unbind(channel: string) {
    const name = t(`channels:name_${channel}`);
    const yes = await ask({
      title: t("channels:unbind_title", { channel: name }),
      effect: t("channels:unbind_effect", { channel: name }),
      verb: t("channels:unbind"),
    });
    if (yes) release.mutate(channel);
  }
  return (
    <Card title={t("channels:my_accounts")}>
      {refused && (
        <Notice tone="urgent" icon="warning">
          {refused}
        </Notice>
      )}
      {arrived && bound.has(arrived) && (
        <Notice tone="brand" icon="check">
          {t("channels:bound_now", { channel: t(`channels:name_${arrived}`) })}
        </Notice>
      )}
      <Fetched of={found} rows={2}>
        {() => (
          <ul className="accounts">
            {shown.map((channel) => {
              const one = bound.get(channel);
              return (
                <li key={channel} className="row">
                  <b>{t(`channels:name_${channel}`)}</b>
                  <span className="spread grey cut">{one ? (one.name ?? one.remote) : t("channels:not_bound")}</span>
                  {one ? (
                    <Button size="small" loading={release.isPending} onClick={() => void unbind(channel)}>
                      {t("channels:unbind")}
                    </Button>
                  ) : (
                    <Button size="small" href={`/api/entrances/${channel}/bind`}>
                      {t("channels:bind")}
                    </Button>
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </Fetched>
      <p className="grey small">{t("channels:my_accounts_fact")}</p>
    </Card>
  );
}

/** A colleague's accounts, for who manages people: bound by the number that the other side's address book shows. */
export function PersonAccounts({ person }: { person: { id: number; name: string } }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const found = useQuery(theirsQuery(person.id));
  const [channel, setChannel] = useState<string | null>(null);
  const [remote, setRemote] = useState("");
  const took = (now: Account[]) => {
    client.setQueryData(theirsQuery(person.id).queryKey, now);
    setChannel(null);
    setRemote("");
  };
  const bind = useMutation({
    mutationFn: () => api.put<Account[]>(`/people/${person.id}/accounts/${channel}`, { remote: remote.trim() }),
    onSuccess: took,
  });
  const release = useMutation({
    mutationFn: (key: string) => api.delete<Account[]>(`/people/${person.id}/accounts/${key}`),
    onSuccess: took,
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const bound = (found.data ?? []).map((one) => one.channel as string);
  const free = CHANNELS.filter((key) => !bound.includes(key));
  return (
    <section className="person-leaving">
      <h3>{t("channels:accounts_of")}</h3>
      <Fetched of={found} rows={1}>
        {(accounts) => (
          <ul className="accounts">
            {accounts.map((one) => (
              <li key={one.channel} className="row">
                <span>{t(`channels:name_${one.channel}`)}</span>
                <b className="cut">{one.name ?? one.remote}</b>
                {one.name && <span className="grey small cut">{one.remote}</span>}
                <span className="spread grey small">
                  <Moment value={one.since} />
                </span>
                <Button
                  size="small"
                  type="text"
                  loading={release.isPending}
                  onClick={() => release.mutate(one.channel)}
                >
                  {t("channels:unbind")}
                </Button>
              </li>
            ))}
            {free.length > 0 &&
              (channel === null ? (
                <li>
                  <Button size="small" onClick={() => setChannel(free[0] ?? null)}>
                    {t("channels:bind_number")}
                  </Button>
                </li>
              ) : (
                <li className="row accounts-new">
                  <Select
                    aria-label={t("channels:which_channel")}
                    value={channel}
                    options={free.map((key) => ({ value: key, label: t(`channels:name_${key}`) }))}
                    onChange={(key: string) => setChannel(key)}
                  />
                  <Input
                    autoFocus
                    aria-label={t(`channels:number_${channel}`)}
                    placeholder={t(`channels:number_${channel}`)}
                    value={remote}
                    onChange={(event) => {
                      bind.reset();
                      setRemote(event.target.value);
                    }}
                  />
                  <Button
                    type="primary"
                    disabled={!remote.trim()}
                    loading={bind.isPending}
                    onClick={() => bind.mutate()}
                  >
                    {t("channels:bind")}
                  </Button>
                  <Button type="text" onClick={() => setChannel(null)}>
                    {t("cancel")}
                  </Button>
                </li>
              ))}
          </ul>
        )}
      </Fetched>
      {bind.error && <FieldError>{text(bind.error)}</FieldError>}
      <p className="grey small">{t("channels:accounts_fact", { name: person.name })}</p>
    </section>
  );
}
