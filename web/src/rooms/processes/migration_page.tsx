import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { keys } from "@/api";
import {
  Card,
  Empty,
  Failure,
  Fetched,
  Head,
  Icon,
  Moment,
  Page,
  SmallTable,
  toast,
  usePhone,
  useProblemText,
} from "@/kit";
import { useLabel } from "@/rooms/forms";
import { processQuery } from "./api";
import {
  type Foreseen,
  foreseenQuery,
  type Migration,
  migrate,
  migrationsQuery,
  type Place,
  type Standing,
  undoMigration,
} from "./migration_api";
import {
  type Choices,
  changeKinds,
  choose,
  chooseAll,
  chosen,
  chosenFor,
  counts,
  NONE,
  proposed,
} from "./migration_model";
import { lookOf } from "./node_words";
import "./migration.css";

/** Take what runs on earlier versions along to the one in force, or leave it there. */
export function MigrationPage() {
  const { t } = useTranslation();
  const key = useParams().key ?? "";
  const label = useLabel();
  const process = useQuery(processQuery(key));
  const found = useQuery(foreseenQuery(key));
  return (
    <Page fit>
      <Head
        title={process.data ? t("migration:title", { name: label(process.data), n: process.data.version }) : ""}
        fact={found.data && t("migration:fact", { count: found.data.open })}
        actions={
          <Link to={`/processes/${key}`} className="row">
            <Icon name="leftward" size={15} />
            {t("migration:to_process")}
          </Link>
        }
      />
      {process.isError && <Failure error={process.error} retry={() => void process.refetch()} />}
      <Fetched of={found} rows={10}>
        {(seen) =>
          seen.open === 0 ? (
            <Empty>{t("migration:none", { n: seen.to })}</Empty>
          ) : (
            <Ask key={`${seen.to}:${seen.open}`} process={key} seen={seen} />
          )
        }
      </Fetched>
      <Past process={key} />
    </Page>
  );
}

function Ask({ process, seen }: { process: string; seen: Foreseen }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const problem = useProblemText();
  const takeBack = useTakeBack(process);
  const [choices, setChoices] = useState<Choices>(NONE);
  const places = seen.nodes.filter((one) => one.verdict === "choose");
  const { going, open, stays, cannot } = counts(seen, choices);
  const go = useMutation({
    mutationFn: () => migrate(process, chosen(seen, choices)),
    onSuccess: async (done) => {
      const { id } = done;
      toast({
        text: t("migration:done", { count: done.moved, n: seen.to }),
        ...(id !== null && { undo: () => takeBack(id) }),
      });
      await client.invalidateQueries({ queryKey: keys.process(process) });
      void navigate(`/processes/${process}`);
    },
    onError: (error) => toast({ tone: "bad", text: problem(error) }),
  });
  /** who stand at steps of this kind and go along */
  const at = (kind: string) =>
    seen.nodes.filter((one) => one.kind === kind && one.verdict === "moves").reduce((n, one) => n + one.here, 0);
  const rest = [
    open > 0 && t("migration:unchosen", { count: open }),
    stays + cannot > 0 && t("migration:staying", { count: stays + cannot }),
  ].filter(Boolean);
  return (
    <>
      <Bar seen={seen} />
      <div className="migration">
        <Card flush title={t("migration:places")} className="migration-places">
          <Places seen={seen} />
        </Card>
        <div className="migration-asked">
          {seen.choose > 0 && (
            <Card
              flush
              title={t("migration:to_choose", { count: seen.choose })}
              extra={
                <Button type="link" size="small" onClick={() => setChoices(proposed(places))}>
                  {t("migration:as_proposed")}
                </Button>
              }
            >
              {places.map((place) => (
                <OfPlace key={`${place.version}:${place.key}`} {...{ place, seen, choices, setChoices }} />
              ))}
              {seen.choose > seen.ask.length && <p className="migration-more grey">{t("migration:only_first")}</p>}
            </Card>
          )}
          {seen.cannot > 0 && (
            <Card flush title={t("migration:cannot", { count: seen.cannot })} fact={t("migration:cannot_fact")}>
              <ul className="migration-rows">
                {seen.stay.map((one) => (
                  <li key={`${one.instance}:${one.key}`}>
                    <Named one={one} form={seen.form} />
                    <span className="grey">{t(`migration:why_${one.why}`)}</span>
                  </li>
                ))}
              </ul>
            </Card>
          )}
          <Card title={t("migration:after")}>
            <ul className="migration-after">
              <li>{t("migration:after_tasks", { tasks: at("task"), approvals: at("approval") })}</li>
              <li>{t("migration:after_messages")}</li>
              <li>{t("migration:after_waits")}</li>
              {seen.suspended > 0 && <li>{t("migration:after_suspended", { count: seen.suspended })}</li>}
            </ul>
          </Card>
        </div>
      </div>
      <footer className="migration-foot">
        <span className="grey spread">{t("migration:one_way_back")}</span>
        <Button onClick={() => void navigate(`/processes/${process}`)}>{t("migration:not_now")}</Button>
        <Button type="primary" disabled={going === 0} loading={go.isPending} onClick={() => go.mutate()}>
          {t("migration:go", { count: going })}
          {rest.length > 0 && ` · ${rest.join(t("processes:comma"))}`}
        </Button>
      </footer>
    </>
  );
}

/** How the whole divides, in one line. */
function Bar({ seen }: { seen: Foreseen }) {
  const { t } = useTranslation();
  const parts = (["moves", "choose", "cannot"] as const).filter((part) => seen[part] > 0);
  return (
    <div className="migration-share">
      <div className="migration-bar" aria-hidden>
        {parts.map((part) => (
          <span key={part} className={`migration-${part}`} style={{ flexGrow: seen[part] }}>
            {part === parts[0] ? t(`migration:bar_${part}`, { count: seen[part] }) : seen[part]}
          </span>
        ))}
      </div>
      <p className="row">
        {parts.map((part) => (
          <span key={part} className="row">
            <i className={`migration-dot migration-${part}`} />
            {t(`migration:bar_${part}`, { count: seen[part] })}
          </span>
        ))}
      </p>
    </div>
  );
}

const VERDICTS = ["moves", "choose", "cannot"] as const;

function Places({ seen }: { seen: Foreseen }) {
  const { t } = useTranslation();
  const label = useLabel();
  const shown = usePhone() ? [] : VERDICTS; // there the last column says it
  /** one may stand at several */
  const places = seen.nodes.reduce((n, one) => n + one.here, 0);
  return (
    <SmallTable
      columns={[
        t("migration:stands_at"),
        { right: t("migration:here") },
        ...shown.map((verdict) => ({ right: t(`migration:short_${verdict}`) })),
        t("migration:afterwards"),
      ]}
      className="node-table"
    >
      {seen.nodes.map((one) => (
        <tr key={`${one.version}:${one.key}:${one.verdict}`} className={`migration-row-${one.verdict}`}>
          <td>
            <span className="row">
              <span className="box-icon migration-icon" style={{ background: lookOf(one.kind).colour }}>
                <Icon name={lookOf(one.kind).icon} size={14} />
              </span>
              {label(one)}
              <span className="grey">v{one.version}</span>
            </span>
          </td>
          <td className="right">
            <b>{one.here}</b>
          </td>
          {shown.map((verdict) => (
            <td key={verdict} className={`right ${one.verdict === verdict ? `migration-n-${verdict}` : "grey"}`}>
              {one.verdict === verdict ? one.here : 0}
            </td>
          ))}
          <td className="grey-2">
            <Afterwards place={one} />
          </td>
        </tr>
      ))}
      <tr className="migration-total">
        <th scope="row">{t(places > seen.open ? "migration:total_places" : "migration:total", { count: places })}</th>
        <td className="right">{seen.open}</td>
        {shown.map((verdict) => (
          <td key={verdict} className={`right ${seen[verdict] > 0 ? `migration-n-${verdict}` : "grey"}`}>
            {seen[verdict]}
          </td>
        ))}
        <td />
      </tr>
    </SmallTable>
  );
}

function Afterwards({ place }: { place: Place }) {
  const { t } = useTranslation();
  if (place.verdict !== "moves") return <>{t(`migration:why_${place.why}`)}</>;
  const kinds = changeKinds(place.changes);
  const said = kinds.map((kind) => t(`migration:change_${kind}`)).join(t("processes:comma"));
  return <>{said ? t("migration:same_but", { said }) : t("migration:same")}</>;
}

/** Who stands at a step that has no plain way on: an answer for all, and for each. */
function OfPlace({
  place,
  seen,
  choices,
  setChoices,
}: {
  place: Place;
  seen: Foreseen;
  choices: Choices;
  setChoices: (next: Choices) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const options = [
    ...place.options.map((key) => {
      const found = seen.options[key];
      const name = label(found ?? { label: key });
      return { value: key, label: found?.acts ? t("migration:acts_at_once", { name }) : name };
    }),
    { value: "", label: t("migration:stays", { n: place.version }) },
  ];
  const rows = seen.ask.filter((one) => one.key === place.key && one.version === place.version);
  return (
    <section className="migration-place">
      <header className="row">
        <strong className="spread">
          {label(place)} <span className="grey">{t(`migration:why_${place.why}`)}</span>
        </strong>
        <Select
          aria-label={t("migration:all_at", { step: label(place) })}
          placeholder={t("migration:choose_all")}
          value={choices.all[place.key] ?? null}
          options={options}
          onChange={(target: string) => setChoices(chooseAll(choices, place.key, target))}
          className="migration-select"
        />
      </header>
      <ul className="migration-rows">
        {rows.map((one) => (
          <li key={one.instance}>
            <Named one={one} form={seen.form} />
            <Select
              size="small"
              aria-label={t("migration:goes_to", { title: one.title ?? `#${one.record_id}` })}
              placeholder={t("migration:choose")}
              value={chosenFor(choices, one) ?? null}
              options={options}
              onChange={(target: string) => setChoices(choose(choices, one, target))}
              className="migration-select"
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Named({ one, form }: { one: Standing; form: string }) {
  return (
    <Link to={`/r/${form}/${one.record_id}?tab=plan`} className="spread cut">
      {one.title ?? `#${one.record_id}`}
    </Link>
  );
}

function useTakeBack(process: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problem = useProblemText();
  return async (id: number) => {
    try {
      const back = await undoMigration(id);
      const names = back.gone_on.map((one) => one.title ?? `#${one.record_id}`).join(t("processes:comma"));
      const stayed = back.stayed > 0 ? t("migration:gone_on", { count: back.stayed, names }) : "";
      toast({ text: t("migration:back", { count: back.moved }) + stayed });
    } catch (error) {
      toast({ tone: "bad", text: problem(error) });
    }
    await client.invalidateQueries({ queryKey: keys.process(process) });
  };
}

/** What was taken along before, and the way back. */
function Past({ process }: { process: string }) {
  const { t } = useTranslation();
  const past = useQuery(migrationsQuery(process));
  const takeBack = useTakeBack(process);
  if (!past.data?.length) return null;
  return (
    <Card flush title={t("migration:past")} className="migration-past">
      <SmallTable
        scrolls
        columns={[t("migration:when"), t("migration:who"), t("migration:what"), { sr: t("migration:acts") }]}
      >
        {past.data.map((one: Migration) => (
          <tr key={one.id}>
            <td>
              <Moment value={one.at} />
            </td>
            <td>{one.by.label}</td>
            <td>{t("migration:past_line", { count: one.moved, n: one.number })}</td>
            <td className="right">
              {one.undone_at ? (
                <span className="grey">{t("migration:went_back", { count: one.back })}</span>
              ) : (
                <Button size="small" onClick={() => void takeBack(one.id)}>
                  {t("migration:take_back")}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </SmallTable>
    </Card>
  );
}
