import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { Card, Chip, Empty, Fetched, Head, Moment, Page, SmallTable, toast, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { answerQuestion, buildIndex, type Database, databaseQuery, dropIndex, type Index } from "./api";
import { followsUse, keyOf, reasonOf, size, unused } from "./model";
import "./system.css";

const TONES = { ready: "brand", failed: "urgent", building: "info", waiting: "info", dropping: "info" } as const;

/** How large everything is, which indexes make lists quick and for whom, and which lists are slow. */
export function DatabasePage() {
  const { t } = useTranslation();
  const found = useQuery(databaseQuery);
  const data = found.data;
  return (
    <Page>
      <Head title={t("system:title")} fact={data && t("system:fact", { size: size(data.size) })} />
      <Fetched of={found} rows={10}>
        {(data) => (
          <>
            <Questions data={data} />
            <Indexes data={data} />
            <Tables data={data} />
          </>
        )}
      </Fetched>
    </Page>
  );
}

/** A form and its fields in the words of people. */
function useWords() {
  const forms = useForms();
  const label = useLabel();
  const { t } = useTranslation();
  const formOf = (key: string) => forms.find((one) => one.key === key);
  const field = (form: string, text: string) => {
    const { path, down } = keyOf(text);
    const [first = path, ...rest] = path.split(".");
    const known = formOf(form)?.fields.find((one) => one.key === first);
    const name = [known ? label(known) : t(`system:field_${first}`, first), ...rest].join(" · ");
    return down ? `${name} ↓` : name;
  };
  return {
    form: (key: string) => {
      const known = formOf(key);
      return known ? label(known) : key;
    },
    fields: (form: string, texts: readonly string[]) =>
      texts.map((one) => field(form, one)).join(t("system:and")) || "—",
  };
}

/** An act that the job carries out; the page looks again by itself. */
function useAct() {
  const client = useQueryClient();
  const text = useProblemText();
  return useMutation({
    mutationFn: ({ act }: { act: () => Promise<void>; done: string; undo?: () => Promise<void> }) => act(),
    onSuccess: async (_, { done, undo }) => {
      const again = () => client.invalidateQueries({ queryKey: keys.database });
      await again();
      toast({ text: done, ...(undo && { undo: async () => void (await undo().then(again)) }) });
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
}

function Questions({ data }: { data: Database }) {
  const { t } = useTranslation();
  const words = useWords();
  const act = useAct();
  return (
    <Card title={t("system:slow")} fact={t("system:slow_fact")} className="system-card" flush>
      {data.questions.length === 0 ? (
        <Empty>{t("system:slow_none")}</Empty>
      ) : (
        <SmallTable
          scrolls
          className="system-table"
          columns={[
            t("system:form"),
            t("system:filter"),
            t("system:sort"),
            { right: t("system:times") },
            { right: t("system:seconds") },
            t("system:would_help"),
            { sr: t("system:build") },
          ]}
        >
          {data.questions.map((one) => (
            <tr key={one.shape}>
              <td>{words.form(one.form)}</td>
              <td>{words.fields(one.form, one.reads)}</td>
              <td>{words.fields(one.form, one.sort)}</td>
              <td className="right">{one.count.toLocaleString("en")}</td>
              <td className="right">
                {t("system:mean_worst", {
                  mean: (one.total_ms / one.count / 1000).toFixed(1),
                  worst: (one.worst_ms / 1000).toFixed(1),
                })}
              </td>
              <td>
                {one.keys.length > 0 ? (
                  words.fields(one.form, one.keys)
                ) : (
                  <span className="grey">{t("system:no_help")}</span>
                )}
              </td>
              <td className="right">
                {one.keys.length > 0 && (
                  <Button
                    size="small"
                    disabled={act.isPending}
                    onClick={() => act.mutate({ act: () => answerQuestion(one.shape), done: t("system:will_build") })}
                  >
                    {t("system:build")}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </SmallTable>
      )}
    </Card>
  );
}

function Indexes({ data }: { data: Database }) {
  const { t } = useTranslation();
  const words = useWords();
  const act = useAct();
  const why = (one: Index) =>
    one.reasons.map((reason) => t(`system:why_${reason.why}`, { label: reason.label })).join(t("system:and")) ||
    t("system:why_nobody");
  const drop = (one: Index) => ({
    act: () => dropIndex(one.name),
    done: t("system:will_drop"),
    undo: () => buildIndex(one.name),
  });
  return (
    <Card
      title={t("system:indexes")}
      fact={t("system:indexes_fact", { most: data.most, rows: data.least_rows.toLocaleString("en") })}
      className="system-card"
      flush
    >
      {data.indexes.length === 0 ? (
        <Empty>{t("system:indexes_none")}</Empty>
      ) : (
        <SmallTable
          scrolls
          className="system-table"
          columns={[
            t("system:form"),
            t("system:by"),
            t("system:for"),
            t("system:state"),
            { right: t("system:size") },
            t("system:used"),
            { sr: t("system:drop") },
          ]}
        >
          {data.indexes.map((one) => (
            <tr key={one.name}>
              <td>{words.form(one.form)}</td>
              <td title={words.fields(one.form, one.keys)}>{words.fields(one.form, one.keys)}</td>
              <td title={why(one)}>{why(one)}</td>
              <td>
                <Chip tone={one.state in TONES ? TONES[one.state as keyof typeof TONES] : "plain"}>
                  {t(`system:state_${one.state}`)}
                </Chip>
                {one.problem && (
                  <span className="grey small" title={one.problem}>
                    {" "}
                    {t(`system:problem_${reasonOf(one.problem)}`)}
                  </span>
                )}
              </td>
              <td className="right">{one.size > 0 ? size(one.size) : "—"}</td>
              <td>
                {one.size > 0 && (
                  <span className={unused(one) ? "grey" : ""}>
                    {one.used > 0 ? t("system:used_times", { times: one.used }) : t("system:used_never")}
                    {one.since && (
                      <>
                        {" · "}
                        {t("system:since")} <Moment value={one.since} />
                      </>
                    )}
                  </span>
                )}
              </td>
              <td className="right">
                {followsUse(one) && one.state === "ready" && (
                  <Button size="small" disabled={act.isPending} onClick={() => act.mutate(drop(one))}>
                    {t("system:drop")}
                  </Button>
                )}
                {(one.state === "dropped" || one.state === "failed") && (
                  <Button
                    size="small"
                    disabled={act.isPending}
                    onClick={() => act.mutate({ act: () => buildIndex(one.name), done: t("system:will_build") })}
                  >
                    {t("system:build")}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </SmallTable>
      )}
    </Card>
  );
}

function Tables({ data }: { data: Database }) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <Card title={t("system:tables")} fact={t("system:tables_fact")} className="system-card" flush>
      <SmallTable
        scrolls
        className="system-table"
        columns={[
          t("system:form"),
          ...["records", "data_size", "index_size", "index_count"].map((name) => ({ right: t(`system:${name}`) })),
        ]}
      >
        {data.tables.map((one) => (
          <tr key={one.form}>
            <td>{words.form(one.form)}</td>
            <td className="right">{one.rows.toLocaleString("en")}</td>
            <td className="right">{size(one.size)}</td>
            <td className="right">{size(one.index_size)}</td>
            <td className="right">{one.indexes}</td>
          </tr>
        ))}
      </SmallTable>
    </Card>
  );
}
