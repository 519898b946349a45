import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { api, keys } from "@/api";
import { Empty, Fetched, Head, Icon, Moment, Page, toast, useKeys, useProblemText } from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { deleteRecord, type RecordAnswer, restoreRecord } from "@/rooms/records";
import { binQuery, type Gone } from "./api";
import { useReason } from "./use_reason";
import "./history.css";

/** What was deleted of a form and may come back. */
export function BinPage() {
  const { form: key = "" } = useParams();
  const form = useForm(key);
  const { t } = useTranslation();
  if (!form?.may.includes("delete"))
    return <Empty actions={<Link to="/home">{t("shell:page_missing_go")}</Link>}>{t("error_missing")}</Empty>;
  return <Bin form={form} />;
}

function Bin({ form }: { form: Form }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { who, why } = useReason();
  const [search, setSearch] = useState("");
  const pages = useInfiniteQuery(binQuery(form.key, search));
  const rows = pages.data?.pages.flatMap((one) => one.rows) ?? [];
  const back = () => void navigate(`/r/${form.key}`);
  useKeys({ Escape: back });
  const refresh = () => client.invalidateQueries({ queryKey: keys.form(form.key) });
  const restore = useMutation({
    mutationFn: (row: Gone) => restoreRecord(form.key, row.id),
    onSuccess: async (_, row) => {
      await refresh();
      toast({
        text: t("history:record_restored", { name: row.title }),
        undo: async () => {
          const { version } = await api.get<RecordAnswer>(`/forms/${form.key}/${row.id}`);
          await deleteRecord(form.key, row.id, version);
          await refresh();
          toast({ text: t("undone") });
        },
      });
    },
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });
  return (
    <Page>
      <Head
        title={t("history:bin_of", { label: label(form) })}
        fact={t("history:bin_fact")}
        actions={
          <Button icon={<Icon name="leftward" size={14} />} onClick={back}>
            {t("history:to_list")}
          </Button>
        }
      />
      <section className="card card-flush past-bin">
        <div className="card-head">
          <Input.Search
            allowClear
            className="list-search"
            placeholder={t("history:bin_search")}
            aria-label={t("history:bin_search")}
            onSearch={(text) => setSearch(text.trim())}
          />
        </div>
        <Fetched
          of={pages}
          rows={6}
          none={rows.length === 0 && <Empty>{t(search ? "history:bin_none_found" : "history:bin_empty")}</Empty>}
        >
          {() => (
            <ul>
              {rows.map((row) => {
                const because = why({ ...row, words: row.words });
                return (
                  <li key={row.id}>
                    <Link to={`/r/${form.key}/${row.id}/history`} className="cut">
                      {row.title}
                    </Link>
                    <span className="grey">
                      {who(row)} <Moment value={row.at} />
                      {because && ` · ${because}`}
                    </span>
                    <Button size="small" disabled={restore.isPending} onClick={() => restore.mutate(row)}>
                      {t("history:restore")}
                    </Button>
                  </li>
                );
              })}
            </ul>
          )}
        </Fetched>
        {pages.hasNextPage && (
          <Button block type="text" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("history:earlier")}
          </Button>
        )}
      </section>
    </Page>
  );
}
