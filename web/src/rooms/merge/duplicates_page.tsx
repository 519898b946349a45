import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { Chip, Empty, Fetched, format, Head, Notice, Page, toast, useClock, useProblemText } from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { judgeDifferent, judgeUndecided, lookAgain, type Suspect, type Suspects, suspectsQuery } from "./api";
import "./merge.css";

const OLD_MS = 10 * 60_000;

/** What is perhaps twice in a form, with the reason; a person decides, pair by pair. */
export function DuplicatesPage() {
  const { form: key = "" } = useParams();
  const form = useForm(key);
  const { t } = useTranslation();
  if (!form)
    return <Empty actions={<Link to="/home">{t("shell:page_missing_go")}</Link>}>{t("shell:page_missing")}</Empty>;
  return <Pairs key={form.key} form={form} />;
}

function Pairs({ form }: { form: Form }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const found = useQuery(suspectsQuery(form.key));
  const back = (
    <Button onClick={() => void navigate(`/r/${form.key}`)}>{t("merge:back", { label: label(form) })}</Button>
  );
  const count = found.data?.pairs.length ?? 0;
  return (
    <Page>
      <Head
        title={t("merge:duplicates_of", { label: label(form) })}
        fact={found.data && count > 0 && t(found.data.more ? "merge:best_of" : "merge:pairs", { count })}
        actions={back}
      />
      {found.data?.kept && <Fresh form={form} found={found.data} />}
      <Fetched
        of={found}
        rows={8}
        height={56}
        none={
          count === 0 &&
          (found.data?.kept && !found.data.at ? (
            <Empty actions={back}>{t(found.data.looking ? "merge:looking" : "merge:never")}</Empty>
          ) : (
            <Empty actions={back}>{t("merge:none", { label: label(form) })}</Empty>
          ))
        }
      >
        {(data) => (
          <ul className="card card-flush suspects">
            {data.pairs.map((pair) => (
              <Pair key={`${pair.one.id} ${pair.other.id}`} form={form} pair={pair} />
            ))}
          </ul>
        )}
      </Fetched>
    </Page>
  );
}

/** Of when the pairs of a large form are. One that nobody has looked through, or not for a while, is looked through. */
function Fresh({ form, found }: { form: Form; found: Suspects }) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const client = useQueryClient();
  const text = useProblemText();
  const { mutate, isPending, isError } = useMutation({
    mutationFn: () => lookAgain(form.key),
    onSuccess: () => client.invalidateQueries({ queryKey: suspectsQuery(form.key).queryKey }),
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const due = found.stale && !found.looking && (!found.at || Date.now() - Date.parse(found.at) > OLD_MS);
  useEffect(() => {
    if (due && !isPending && !isError) mutate();
  }, [due, isPending, isError, mutate]);
  const at = found.at && format.local(found.at, zone);
  return (
    <Notice
      tone="info"
      icon={found.looking ? "refresh" : "clock"}
      action={
        !found.looking && (
          <Button size="small" loading={isPending} onClick={() => mutate()}>
            {t(at ? "merge:look" : "merge:look_first")}
          </Button>
        )
      }
    >
      {at && t(found.stale ? "merge:as_of_stale" : "merge:as_of", { at: `${at.day} ${at.time}` })}
      {found.looking && <> {t("merge:looking")}</>}
      {!at && !found.looking && t("merge:never")}
    </Notice>
  );
}

function Pair({ form, pair }: { form: Form; pair: Suspect }) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const navigate = useNavigate();
  const text = useProblemText();
  const again = () => client.invalidateQueries({ queryKey: suspectsQuery(form.key).queryKey });
  const different = useMutation({
    mutationFn: () => judgeDifferent(form.key, pair.one.id, pair.other.id),
    onSuccess: () => {
      client.setQueryData(
        suspectsQuery(form.key).queryKey,
        (now) =>
          now && { ...now, pairs: now.pairs.filter((p) => p.one.id !== pair.one.id || p.other.id !== pair.other.id) },
      );
      toast({
        text: t("merge:judged", { one: pair.one.label, other: pair.other.label }),
        undo: async () => {
          await judgeUndecided(form.key, pair.one.id, pair.other.id);
          await again();
        },
      });
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const why = (key: string) => {
    if (key === "same_name") return t("merge:why_same_name");
    if (key === "name") return t("merge:why_name");
    return t("merge:why_equal", { label: label(form.fields.find((f) => f.key === key) ?? { label: key }) });
  };
  return (
    <li>
      <span className="suspect-names">
        <Link to={`/r/${form.key}/${pair.one.id}`}>{pair.one.label}</Link>
        <Link to={`/r/${form.key}/${pair.other.id}`}>{pair.other.label}</Link>
      </span>
      <span className="row suspect-why">
        <Chip tone={pair.score >= 90 ? "warn" : "plain"}>{t("merge:score", { score: pair.score })}</Chip>
        <span className="grey">{pair.why.map(why).join(t("access:and"))}</span>
      </span>
      <span className="row">
        <Button loading={different.isPending} onClick={() => different.mutate()}>
          {t("merge:different")}
        </Button>
        <Button onClick={() => void navigate(`/r/${form.key}/${pair.one.id}/merge?with=${pair.other.id}`)}>
          {t("merge:compare")}
        </Button>
      </span>
    </li>
  );
}
