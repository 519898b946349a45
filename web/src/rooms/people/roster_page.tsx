import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Chip, format, Head, Moment, Page, toast, useProblemText } from "@/kit";
import { FileChoice, SHEETS, useDrop } from "@/rooms/imports/file_choice";
import { AccessTabs } from "./access_tabs";
import {
  importRoster,
  previewRoster,
  type Roster,
  type RosterDone,
  type RosterLine,
  rostersQuery,
  TEMPLATE,
  undoRoster,
} from "./roster_api";
import "../imports/imports.css";
import "./roster.css";

/** Colleagues from a file: what each line would do first, then all as one act that can be taken back. */
export function RosterPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const preview = useMutation({ mutationFn: previewRoster });
  const take = (chosen: File) => {
    setFile(chosen);
    preview.mutate(chosen);
  };
  return (
    <Page>
      <Head
        title={t("access:title")}
        fact={t("roster:title")}
        tabs={<AccessTabs active="people" />}
        actions={<Button onClick={() => void navigate("/people")}>{t("roster:back")}</Button>}
      />
      {file && preview.data ? (
        <Checked
          file={file}
          roster={preview.data}
          onAgain={() => preview.reset()}
          onDone={() => {
            preview.reset();
            setFile(null);
          }}
        />
      ) : (
        <Choose busy={preview.isPending} error={preview.error} name={file?.name ?? ""} onFile={take} />
      )}
      <Done />
    </Page>
  );
}

function Choose({
  busy,
  error,
  name,
  onFile,
}: {
  busy: boolean;
  error: unknown;
  name: string;
  onFile: (file: File) => void;
}) {
  const { t } = useTranslation();
  const drop = useDrop(onFile);
  return (
    <section className="card upload">
      <p className="row roster-hint">
        <span className="spread">{t("roster:hint")}</span>
        <a href={TEMPLATE} download>
          {t("roster:template")}
        </a>
      </p>
      <FileChoice
        icon="excel"
        accept={SHEETS}
        name={t("imports:choose_file")}
        hint={t("imports:kinds")}
        reading={busy ? name : null}
        drop={drop}
        error={error}
        onFile={onFile}
      />
    </section>
  );
}

function Checked({
  file,
  roster,
  onAgain,
  onDone,
}: {
  file: File;
  roster: Roster;
  onAgain: () => void;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const leaving = roster.leave - roster.held;
  const acting = roster.new + roster.change + leaving;
  const done = useMutation({
    mutationFn: () => importRoster(file),
    onSuccess: async (made) => {
      onDone();
      await client.invalidateQueries();
      toast({
        text: t("roster:done", { count: made.new + made.change + made.leave - made.held }),
        undo: async () => {
          await undoRoster(made.id);
          await client.invalidateQueries();
          toast({ text: t("undone") });
        },
      });
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  return (
    <section className="card card-flush" aria-label={t("roster:check")}>
      <div className="card-head roster-head">
        <h2>{format.middle(file.name)}</h2>
        <span className="spread" />
        <Button onClick={onAgain}>{t("roster:other_file")}</Button>
        <Button type="primary" disabled={acting === 0} loading={done.isPending} onClick={() => done.mutate()}>
          {roster.refused ? t("roster:do_skip", { n: acting, skipped: roster.refused }) : t("roster:do", { n: acting })}
        </Button>
      </div>
      <Sum roster={roster} />
      <ul className="roster">
        {[...roster.lines]
          .sort((a, b) => weight(a) - weight(b) || a.row - b.row)
          .map((line) => (
            <Line key={line.row} line={line} />
          ))}
      </ul>
    </section>
  );
}

const weight = (line: RosterLine) => (line.act === "refused" ? 0 : line.held ? 1 : 2);

/** What the file says in figures; every figure is a line below, except of those with nothing to do. */
function Sum({ roster }: { roster: Roster }) {
  const { t } = useTranslation();
  return (
    <div className="roster-sum">
      <p>
        {t("roster:sum", { new: roster.new, change: roster.change, leave: roster.leave, same: roster.same })}
        {roster.refused > 0 && <b className="bad"> {t("roster:refused_n", { count: roster.refused })}</b>}
      </p>
      {roster.units.length > 0 && (
        <p className="grey-2">{t("roster:units", { names: roster.units.join(t("roster:comma")) })}</p>
      )}
      {roster.new > 0 && <p className="grey">{t("roster:no_password")}</p>}
      {roster.absent > 0 && (
        <p className="grey">
          {t("roster:absent", { count: roster.absent, names: roster.absent_names.slice(0, 8).join(t("roster:comma")) })}
        </p>
      )}
    </div>
  );
}

const TONES = { new: "brand", change: "info", leave: "warn", refused: "urgent", same: "plain" } as const;
const ICONS = { new: "plus", change: "edit", leave: "logout", refused: "bang", same: "check" } as const;

function Line({ line }: { line: RosterLine }) {
  const { t } = useTranslation();
  return (
    <li>
      <span className="grey small roster-row">{t("roster:row", { row: line.row })}</span>
      <Chip tone={TONES[line.act]} icon={ICONS[line.act]}>
        {t(`roster:act_${line.act}`)}
      </Chip>
      <span className="roster-who">
        <b>{line.name}</b> <span className="grey">{line.account}</span>
      </span>
      <span className="roster-what">
        {line.troubles.map((one) => (
          <span key={one} className="bad">
            {one}
          </span>
        ))}
        {line.act !== "refused" &&
          line.changes
            .filter((one) => line.act === "change" || one.field !== "name")
            .map((one) => (
              <span key={one.field}>
                {t(`roster:field_${one.field}`)} {one.before && <del className="grey">{one.before}</del>} {one.after}
              </span>
            ))}
        {line.twin && <span className="grey">{t("roster:twin")}</span>}
        {line.held && (
          <span>
            {t("roster:held")} <Link to={`/handover?person=${line.person_id}`}>{t("roster:hand_over")}</Link>
          </span>
        )}
      </span>
    </li>
  );
}

/** What was imported before, with the way back. */
function Done() {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const found = useQuery(rostersQuery).data ?? [];
  const undo = useMutation({
    mutationFn: (one: RosterDone) => undoRoster(one.id),
    onSuccess: async ({ kept }) => {
      await client.invalidateQueries();
      toast({ text: kept ? t("roster:undone_part", { count: kept }) : t("undone") });
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  if (found.length === 0) return null;
  return (
    <section className="card card-flush roster-done">
      <div className="card-head">
        <h2>{t("roster:before")}</h2>
      </div>
      <ul className="roster">
        {found.map((one) => (
          <li key={one.id}>
            <span className="roster-what">
              <b className="cut">{one.file_name}</b>
              <span>
                {t("roster:sum", { new: one.new, change: one.change, leave: one.leave - one.held, same: one.same })}
              </span>
              <span className="grey small">
                {one.by} <Moment value={one.at} />
              </span>
            </span>
            {one.undone_at ? (
              <Chip>{t("roster:undone")}</Chip>
            ) : (
              <Button size="small" loading={undo.isPending} onClick={() => undo.mutate(one)}>
                {t("undo")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
