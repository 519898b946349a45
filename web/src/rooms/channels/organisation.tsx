import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Segmented, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Empty, Fetched, Icon, Moment, Notice, toast, useAsk, useProblemText } from "@/kit";
import { undoRoster } from "@/rooms/people/roster_api";
import {
  type Organisation as Found,
  fetchOrganisation,
  organisationKey,
  organisationQuery,
  syncDaily,
  syncOrganisation,
} from "./organisation_api";
import { OrganisationLines } from "./organisation_lines";
import { COUNTED, chosenOf, TONES } from "./organisation_model";
import { OrganisationUnits } from "./organisation_units";

/** 组织同步: what their organisation would change here, line by line; nothing is written before somebody says so. */
export function Organisation({ channels }: { channels: readonly string[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const [picked, setPicked] = useState<string | null>(null);
  const channel = picked && channels.includes(picked) ? picked : (channels[0] ?? "");
  const found = useQuery(organisationQuery(channel));
  const name = t(`channels:name_${channel}`);
  const read = useMutation({
    mutationFn: () => fetchOrganisation(channel),
    onSuccess: (now) => client.setQueryData(organisationKey(channel), now),
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const counts = found.data?.read_at ? found.data.counts : null;
  return (
    <section className="card card-flush union" aria-label={t("channels:union")}>
      <div className="card-head union-head">
        <h2>{t("channels:union")}</h2>
        <span className="grey">{t("channels:union_fact", { channel: name })}</span>
        <span className="spread" />
        {counts &&
          COUNTED.filter((act) => counts[act]).map((act) => (
            <Chip key={act} tone={TONES[act]}>
              {t(`channels:act_${act}`)} {counts[act]}
            </Chip>
          ))}
        {channels.length > 1 && (
          <Segmented
            size="small"
            value={channel}
            options={channels.map((key) => ({ value: key, label: t(`channels:name_${key}`) }))}
            onChange={setPicked}
          />
        )}
        <Button
          size="small"
          icon={<Icon name="refresh" size={14} />}
          loading={read.isPending}
          onClick={() => read.mutate()}
        >
          {t(found.data?.read_at ? "channels:read_again" : "channels:read")}
        </Button>
      </div>
      <Fetched of={found} rows={5}>
        {(organisation) => (
          <>
            {organisation.problem && (
              <Notice tone="warn" icon="warning">
                {t("channels:read_problem", {
                  why: t(`channels:why_${organisation.problem.split(":")[0]}`, { defaultValue: organisation.problem }),
                })}
              </Notice>
            )}
            {organisation.read_at ? (
              <Read key={`${channel}.${organisation.read_at}`} organisation={organisation} name={name} />
            ) : (
              <Empty>{t("channels:union_none", { channel: name })}</Empty>
            )}
          </>
        )}
      </Fetched>
    </section>
  );
}

function Read({ organisation, name }: { organisation: Found; name: string }) {
  const { t } = useTranslation();
  const ask = useAsk();
  const client = useQueryClient();
  const text = useProblemText();
  const [said, setSaid] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { channel } = organisation;
  const chosen = chosenOf(organisation.lines, said);
  const leaving = chosen.filter((one) => one.act === "leave");
  const renew = (now: Found) => client.setQueryData(organisationKey(channel), now);
  const sync = useMutation({
    mutationFn: () =>
      syncOrganisation(
        channel,
        organisation.read_at ?? "",
        chosen.map((one) => one.remote),
      ),
    onSuccess: async (done) => {
      setSaid(new Map());
      renew(done.organisation);
      toast({
        text: t("channels:synced", { count: chosen.length }),
        undo: async () => {
          await undoRoster(done.roster);
          await client.invalidateQueries();
        },
      });
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "organisations" });
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const daily = useMutation({
    mutationFn: (on: boolean) => syncDaily(channel, on),
    onSuccess: renew,
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  async function go() {
    const yes =
      leaving.length === 0 ||
      (await ask({
        title: t("channels:leave_title", { count: leaving.length }),
        effect: t("channels:leave_effect", { names: leaving.map((one) => one.name).join(t("channels:and")) }),
        verb: t("channels:sync", { count: chosen.length }),
      }));
    if (yes) sync.mutate();
  }
  return (
    <>
      {organisation.lines.length === 0 ? (
        <Empty>{t("channels:union_same", { channel: name, count: organisation.counts.same ?? 0 })}</Empty>
      ) : (
        <OrganisationLines
          organisation={organisation}
          chosen={chosen}
          onChoose={(remotes, on) => {
            const next = new Map(said);
            for (const one of remotes) next.set(one, on);
            setSaid(next);
          }}
        />
      )}
      <OrganisationUnits organisation={organisation} onChange={renew} />
      <div className="union-foot">
        <Switch
          size="small"
          id="union-daily"
          checked={organisation.daily}
          loading={daily.isPending}
          onChange={(on) => daily.mutate(on)}
        />
        <label htmlFor="union-daily" className="grey-2">
          {t("channels:daily")}
        </label>
        <span className="spread grey small">
          {t("channels:read_at")} <Moment value={organisation.read_at} />
        </span>
        {organisation.lines.length > 0 && (
          <Button type="primary" disabled={chosen.length === 0} loading={sync.isPending} onClick={() => void go()}>
            {chosen.length ? t("channels:sync", { count: chosen.length }) : t("channels:sync_none")}
          </Button>
        )}
      </div>
    </>
  );
}
