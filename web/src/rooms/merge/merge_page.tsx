import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { keys } from "@/api";
import { Card, Empty, Failure, Head, Icon, Lines, Notice, Page, toast, usePhone, useProblemText } from "@/kit";
import { type Field, type Form, useForm, useLabel } from "@/rooms/forms";
import { undoChange, type Value } from "@/rooms/records";
import { Cell } from "@/rooms/records/cell";
import { FieldInput } from "@/rooms/records/inputs";
import { type MergeChoice, type MergePreview, mergePreviewQuery, mergeRecords, type Take, type Takes } from "./api";
import "./merge.css";

/** Two records that are one: which stays, what it takes from the other, what moves; then one act with one undo. */
export function MergePage() {
  const { form: key = "", id = "" } = useParams();
  const form = useForm(key);
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [one, other] = [Number(id), Number(params.get("with"))];
  if (!form || !Number.isSafeInteger(one))
    return <Empty actions={<Link to="/home">{t("shell:page_missing_go")}</Link>}>{t("error_missing")}</Empty>;
  return <Merge key={`${key} ${one} ${other}`} form={form} winner={one} loser={other > 0 ? other : null} />;
}

function Merge({ form, winner, loser }: { form: Form; winner: number; loser: number | null }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const title = t("merge:title", { label: label(form) });
  return (
    <Page>
      <Head
        title={title}
        fact={t("merge:fact")}
        actions={
          <Button onClick={() => void navigate(`/r/${form.key}/${winner}`)}>
            {t("merge:back", { label: label(form) })}
          </Button>
        }
      />
      {loser === null ? <Choose form={form} winner={winner} /> : <Compare form={form} winner={winner} loser={loser} />}
    </Page>
  );
}

/** With which one. */
function Choose({ form, winner }: { form: Form; winner: number }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const field: Field = { key: "with", label: "", kind: "relation", to: form.key };
  return (
    <Card title={t("merge:with")}>
      <div className="labelled merge-with">
        <label htmlFor="merge-with">{t("merge:with_hint")}</label>
        <FieldInput
          id="merge-with"
          field={field}
          value={null}
          wrong={false}
          onChange={(value) => {
            const id = value && typeof value === "object" && "id" in value ? value.id : null;
            if (id && id !== winner) void navigate(`/r/${form.key}/${winner}/merge?with=${id}`, { replace: true });
          }}
        />
      </div>
    </Card>
  );
}

function Compare({ form, winner, loser }: { form: Form; winner: number; loser: number }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const text = useProblemText();
  const [take, setTake] = useState<Takes | null>(null);
  const found = useQuery(mergePreviewQuery(form.key, winner, loser, take));
  const told = found.data;
  const takes = take ?? Object.fromEntries((told?.choices ?? []).map((one) => [one.field, one.take]));
  const done = useMutation({
    mutationFn: (seen: MergePreview) =>
      mergeRecords(form.key, {
        winner,
        loser,
        winner_version: seen.left.version,
        loser_version: seen.right.version,
        take: takes,
      }),
    onSuccess: async (made, seen) => {
      await navigate(`/r/${form.key}/${winner}`);
      await client.invalidateQueries({ queryKey: ["records"] });
      void client.invalidateQueries({ queryKey: keys.allTasks });
      toast({
        text: t("merge:done", { gone: seen.right.title, name: seen.left.title }),
        undo: async () => {
          const undone = await undoChange(made.transaction);
          await client.invalidateQueries({ queryKey: ["records"] });
          toast({ text: undone.kept_count ? t("merge:undone_part", { count: undone.kept_count }) : t("merge:undone") });
        },
      });
    },
    onError: async (error) => {
      toast({ text: text(error), tone: "bad" });
      await found.refetch();
    },
  });
  if (found.isError && !told) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!told) return <Lines rows={8} />;
  return (
    <div className="merge" aria-busy={found.isFetching}>
      <Card
        title={t("merge:fields")}
        extra={
          <Button
            size="small"
            icon={<Icon name="refresh" size={14} />}
            onClick={() => void navigate(`/r/${form.key}/${loser}/merge?with=${winner}`, { replace: true })}
          >
            {t("merge:swap")}
          </Button>
        }
        flush
      >
        <Sides told={told} form={form} takes={takes} onTake={(key, how) => setTake({ ...takes, [key]: how })} />
      </Card>
      <Card title={t("merge:effects")}>
        <Effects told={told} />
        {told.problem && (
          <Notice tone="urgent" icon="bang">
            {t("merge:refused")} {told.problem}
          </Notice>
        )}
        <div className="row merge-act">
          <span className="grey spread">{t("merge:way_back")}</span>
          <Button
            type="primary"
            loading={done.isPending}
            disabled={told.problem !== null || found.isFetching}
            onClick={() => done.mutate(told)}
          >
            {t("merge:do", { gone: told.right.title })}
          </Button>
        </div>
      </Card>
    </div>
  );
}

/** Both side by side, only where they differ; on a phone one field below the other. */
function Sides({
  told,
  form,
  takes,
  onTake,
}: {
  told: MergePreview;
  form: Form;
  takes: Takes;
  onTake: (key: string, how: Take) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const known = told.choices.flatMap((one) => {
    const field = form.fields.find((x) => x.key === one.field);
    return field ? [{ one, field }] : [];
  });
  const heads = [
    <span key="l">
      <Link to={`/r/${form.key}/${told.left.id}`}>{told.left.title}</Link>{" "}
      <span className="good">{t("merge:stays")}</span>
    </span>,
    <span key="r">
      <Link to={`/r/${form.key}/${told.right.id}`}>{told.right.title}</Link>{" "}
      <span className="grey">{t("merge:goes")}</span>
    </span>,
  ];
  const chooser = (one: MergeChoice, field: Field) =>
    one.may ? (
      <Segmented<Take>
        size="small"
        aria-label={t("merge:choose", { label: label(field) })}
        value={takes[one.field] ?? one.take}
        options={[
          { value: "left", label: t("merge:left") },
          { value: "right", label: t("merge:right") },
          ...(one.addable ? [{ value: "both" as const, label: t("merge:both") }] : []),
        ]}
        onChange={(how) => onTake(one.field, how)}
      />
    ) : (
      <span className="grey small">{t("merge:fixed")}</span>
    );
  const chosen = (one: MergeChoice, side: Take) => {
    const how = takes[one.field] ?? one.take;
    return how === side || how === "both" ? "chosen" : "dropped";
  };
  const value = (field: Field, given: unknown) => <Cell field={field} value={given as Value} />;
  if (known.length === 0) return <p className="merge-same grey">{t("merge:same")}</p>;
  if (phone)
    return (
      <ul className="merge-cards">
        <li className="merge-heads">{heads}</li>
        {known.map(({ one, field }) => (
          <li key={field.key}>
            <b>{label(field)}</b>
            <div className="merge-pair">
              <span className={chosen(one, "left")}>{value(field, one.left)}</span>
              <span className={chosen(one, "right")}>{value(field, one.right)}</span>
            </div>
            {chooser(one, field)}
          </li>
        ))}
      </ul>
    );
  return (
    <table className="merge-table">
      <thead>
        <tr>
          <th scope="col">{t("merge:field")}</th>
          <th scope="col">{heads[0]}</th>
          <th scope="col">{heads[1]}</th>
          <th scope="col">{t("merge:keep")}</th>
        </tr>
      </thead>
      <tbody>
        {known.map(({ one, field }) => (
          <tr key={field.key}>
            <th scope="row">{label(field)}</th>
            <td className={chosen(one, "left")}>{value(field, one.left)}</td>
            <td className={chosen(one, "right")}>{value(field, one.right)}</td>
            <td>{chooser(one, field)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Effects({ told }: { told: MergePreview }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <ul className="merge-effects">
      {told.moves.map((one) => (
        <li key={one.form}>
          <Icon name="rightward" size={14} />
          {t("merge:moves", {
            n: one.count.toLocaleString("en"),
            noun: one.noun,
            label: label(one),
            name: told.left.title,
          })}
        </li>
      ))}
      {told.moves.length === 0 && <li className="grey">{t("merge:no_moves")}</li>}
      {told.running.map((one) => (
        <li key={one.label}>
          <Icon name="pause" size={14} />
          {t(one.both ? "merge:runs_both" : "merge:runs_loser", { label: label(one), gone: told.right.title })}
        </li>
      ))}
      <li>
        <Icon name="trash" size={14} />
        {t("merge:bin", { gone: told.right.title })}
      </li>
    </ul>
  );
}
