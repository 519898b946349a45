import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api";
import { Chip, SmallTable, toast, useProblemText } from "@/kit";
import { type Member, type Organisation, organisationKey } from "./organisation_api";
import { choosable, TONES } from "./organisation_model";

const PAGE = 50;

/** One line per person: what stands here, what would, and what that means. */
export function OrganisationLines({
  organisation,
  chosen,
  onChoose,
}: {
  organisation: Organisation;
  chosen: readonly Member[];
  onChoose: (remotes: string[], on: boolean) => void;
}) {
  const { t } = useTranslation();
  const [most, setMost] = useState(PAGE);
  const ticked = new Set(chosen.map((one) => one.remote));
  // leavers are ticked one by one
  const all = organisation.lines.filter((one) => choosable(one) && one.act !== "leave" && one.candidates.length === 0);
  const on = all.filter((one) => ticked.has(one.remote)).length;
  return (
    <>
      <div className="union-all">
        <Checkbox
          checked={on > 0 && on === all.length}
          indeterminate={on > 0 && on < all.length}
          disabled={all.length === 0}
          onChange={(event) => onChoose(all.map((one) => one.remote), event.target.checked)} // biome-ignore format: one act
        >
          {t("channels:all_sure")}
        </Checkbox>
      </div>
      <SmallTable
        scrolls
        className="union-lines"
        columns={[
          { sr: t("channels:choose") },
          t("channels:act"),
          t("channels:person"),
          t("channels:now"),
          t("channels:then"),
          t("channels:effect"),
        ]}
      >
        {organisation.lines.slice(0, most).map((one) => (
          <tr key={one.remote}>
            <td>
              <Checkbox
                aria-label={t("channels:choose_person", { name: one.name })}
                disabled={!choosable(one)}
                checked={ticked.has(one.remote)}
                onChange={(event) => onChoose([one.remote], event.target.checked)}
              />
            </td>
            <td>
              <Chip tone={TONES[one.act]}>{t(`channels:act_${one.act}`)}</Chip>
            </td>
            <td>
              <b>{one.name}</b>
              {one.person_id !== null && <span className="grey small union-account">{one.account}</span>}
            </td>
            <td className="grey-2">{one.now ?? "—"}</td>
            <td className="grey-2">{then(one, t)}</td>
            <td className="union-effect">
              <Effect line={one} channel={organisation.channel} />
            </td>
          </tr>
        ))}
      </SmallTable>
      {organisation.lines.length > most && (
        <p className="union-more">
          <Button size="small" onClick={() => setMost(most + PAGE)}>
            {t("channels:more_lines", { count: organisation.lines.length - most })}
          </Button>
        </p>
      )}
    </>
  );
}

function then(line: Member, t: (key: string) => string): string {
  if (line.act === "leave") return t("channels:disabled");
  const department = line.changes.find((one) => one.field === "department")?.after;
  return department ?? line.now ?? line.unit ?? "—";
}

function Effect({ line, channel }: { line: Member; channel: string }) {
  const { t } = useTranslation();
  const name = t(`channels:name_${channel}`);
  const more = line.changes.filter(
    (one) => one.field !== "department" && one.field !== "account" && (one.field !== "name" || line.act === "change"),
  );
  if (line.troubles.length > 0) return <span className="bad">{line.troubles.join(t("channels:and"))}</span>;
  if (line.act === "unplaced")
    return <span className="way-warn">{t("channels:effect_unplaced", { unit: line.unit })}</span>;
  if (line.act === "leave") {
    return line.held > 0 ? (
      <Link to={`/handover?person=${line.person_id}`}>{t("channels:effect_held", { count: line.held })}</Link>
    ) : (
      <span>{t("channels:effect_leave")}</span>
    );
  }
  return (
    <>
      {line.candidates.map((one) => (
        <Alike key={one.person_id} line={line} channel={channel} candidate={one} />
      ))}
      {line.match && <span>{t(`channels:effect_match_${line.match}`, { account: line.account, channel: name })}</span>}
      {line.act === "new" && line.candidates.length === 0 && (
        <span>{t("channels:effect_new", { account: line.account, channel: name })}</span>
      )}
      {line.act === "change" &&
        more.map((one) => (
          <span key={one.field}>
            {t(`roster:field_${one.field}`)} {one.before && <del className="grey">{one.before}</del>} {one.after}
          </span>
        ))}
      {line.act === "change" && more.length === 0 && <span>{t("channels:effect_change")}</span>}
    </>
  );
}

/** Somebody here is called like this: a person says whether it is the same one. */
function Alike({
  line,
  channel,
  candidate,
}: {
  line: Member;
  channel: string;
  candidate: Member["candidates"][number];
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const same = useMutation({
    mutationFn: () =>
      api.put<unknown>(`/people/${candidate.person_id}/accounts/${channel}`, { remote: line.remote, name: line.name }),
    onSuccess: async () => {
      toast({ text: t("channels:bound_to", { name: candidate.name }) });
      await client.invalidateQueries({ queryKey: organisationKey(channel) });
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  return (
    <span className="row union-alike">
      <span className="way-warn">
        {t(`channels:alike_${candidate.why}`, { name: candidate.name, account: candidate.account })}
      </span>
      <Button size="small" loading={same.isPending} onClick={() => same.mutate()}>
        {t("channels:same_person")}
      </Button>
    </span>
  );
}
