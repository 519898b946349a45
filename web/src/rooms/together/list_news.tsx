import { type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { Icon } from "@/kit";
import { useLive } from "./live";
import { type AnyRow, compare } from "./model";
import "./together.css";

const TINT_MS = 2_000;

interface Answer {
  rows: AnyRow[];
  next: string | null;
}
/** A page, or the pages of a list that grows. */
type Shown = Answer | { pages: Answer[]; pageParams: unknown[] };
const rowsOf = (shown: Shown) => ("pages" in shown ? shown.pages.flatMap((p) => p.rows) : shown.rows);

/** Others changed what this list shows: cells that changed in place are shown at once with a short tint, rows that come,
 * go or move wait for 「刷新」, so that nothing jumps under the pointer. */
export function ListNews({ form }: { form: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [count, setCount] = useState(0);
  useLive(form, () => void look().catch(() => undefined)); // offline: the next event asks again

  async function look() {
    const shown = client
      .getQueryCache()
      .findAll({ queryKey: [...keys.form(form), "page"], type: "active" })
      .filter((q) => q.state.data !== undefined);
    const answers = await Promise.all(shown.map((q) => ask(q)));
    const before = shown.map((q) => rowsOf(q.state.data as Shown));
    const news = answers.map((fresh, at) => compare(before[at] ?? [], rowsOf(fresh)));
    if (news.some((one) => one.moved)) {
      const all = compare(before.flat(), answers.flatMap(rowsOf));
      setCount(all.count);
      return;
    }
    setCount(0);
    shown.forEach((q, at) => {
      if (news[at]?.cells.size) show(client, q, answers[at] as Shown, news[at]?.cells ?? new Map());
    });
    for (const part of ["count", "groups"])
      void client.invalidateQueries({ queryKey: [...keys.form(form), part], refetchType: "active" });
  }
  if (count === 0) return null;
  return (
    <p className="list-news" role="status">
      <Button
        size="small"
        icon={<Icon name="refresh" size={14} />}
        onClick={() => {
          setCount(0);
          void client.invalidateQueries({ queryKey: keys.form(form) });
        }}
      >
        {t("together:updates", { count })}
        <b>{t("together:refresh")}</b>
      </Button>
    </p>
  );
}

/** The same question once more, beside what is shown. */
async function ask(query: Query): Promise<Shown> {
  const { queryFn, getNextPageParam, initialPageParam } = query.options as {
    queryFn: (context: object) => Promise<Answer>;
    getNextPageParam?: (last: Answer) => unknown;
    initialPageParam?: unknown;
  };
  const context = { queryKey: query.queryKey, signal: new AbortController().signal, meta: undefined };
  const shown = query.state.data as Shown;
  if (!("pages" in shown)) return queryFn(context);
  const pages: Answer[] = [];
  const pageParams: unknown[] = [];
  let pageParam = initialPageParam;
  while (pages.length < shown.pages.length && pageParam !== undefined) {
    const page = await queryFn({ ...context, pageParam });
    pages.push(page);
    pageParams.push(pageParam);
    pageParam = getNextPageParam?.(page);
  }
  return { pages, pageParams };
}

function show(client: QueryClient, query: Query, fresh: Shown, cells: ReadonlyMap<number, string[]>) {
  const mark = (on: boolean) => (page: Answer) => ({
    ...page,
    rows: page.rows.map((row) => (on && cells.has(row.id) ? { ...row, $fresh: cells.get(row.id) } : row)),
  });
  const all = (on: boolean): Shown =>
    "pages" in fresh ? { ...fresh, pages: fresh.pages.map(mark(on)) } : mark(on)(fresh);
  client.setQueryData(query.queryKey, all(true));
  const tinted = client.getQueryData(query.queryKey);
  setTimeout(() => {
    if (client.getQueryData(query.queryKey) === tinted) client.setQueryData(query.queryKey, all(false));
  }, TINT_MS);
}
