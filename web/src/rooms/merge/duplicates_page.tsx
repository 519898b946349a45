import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { Chip, Empty, Fetched, Head, Page, toast, useProblemText } from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { judgeDifferent, judgeUndecided, type Suspect, suspectsQuery } from "./api";
import "./merge.css";

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
      <Fetched
        of={found}
        rows={8}
        height={56}
        none={count === 0 && <Empty actions={back}>{t("merge:none", { label: label(form) })}</Empty>}
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
