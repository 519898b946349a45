import { type QueryClient, queryOptions, useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, keys } from "@/api";
import type { Page, Row, Shape } from "./api";

export const PAGE = 100;
const AHEAD = 30; // rows that are asked for before they are seen
const PAUSE_MS = 60; // a scroll bar being dragged: what it passes is not asked for
export const MOST_ROWS = 400_000; // a browser draws no taller table

/** Rows of a list by their place in it: those around what is seen are there, the others come when they are scrolled to. */
export interface Rows {
  count: number;
  at: (index: number) => Row | undefined;
  /** those around what is seen, in order */
  near: readonly Row[];
  /** these rows are on the screen */
  show: (first: number, last: number) => void;
  /** rows by place, fetched where they are not there */
  fetch: (first: number, last: number) => Promise<Row[]>;
}

const rowsQuery = (client: QueryClient, form: string, shape: Shape, at: number) =>
  queryOptions({
    queryKey: keys.page(form, { ...shape, place: at }),
    queryFn: ({ signal }) => {
      // on from the page before where that is known, else to the place
      const before = client.getQueryData<Page>(keys.page(form, { ...shape, place: at - 1 }))?.next;
      const place = before ? { after: before } : { skip: at * PAGE };
      const asked = { ...shape, filter: shape.filter || null, search: shape.search || null, limit: PAGE };
      return api.post<Page>(`/forms/${form}/page`, { ...asked, ...place }, signal);
    },
    // another filter or order: the same page of before, dimmed, until it is there
    placeholderData: (old: Page | undefined, query) =>
      (query?.queryKey.at(-1) as { place?: number } | undefined)?.place === at ? old : undefined,
  });

export function useRows(form: string, shape: Shape, total: number | undefined, enabled: boolean) {
  const client = useQueryClient();
  const [pages, setPages] = useState<readonly [number, number]>([0, 0]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const [first, last] = pages;
  const results = useQueries({
    queries: Array.from({ length: last - first + 1 }, (_, i) => ({
      ...rowsQuery(client, form, shape, first + i),
      enabled,
    })),
  });
  const datas = results.map((r) => r.data);
  const page = (at: number) =>
    datas[at - first] ?? client.getQueryData<Page>(rowsQuery(client, form, shape, at).queryKey);

  // the last page says where the list ends, until then the count does
  let count = total ?? 0;
  datas.forEach((data, i) => {
    if (!data) return;
    const end = (first + i) * PAGE + data.rows.length;
    if (data.next === null && (data.rows.length > 0 || first + i === 0)) count = end;
    else if (count < end) count = end;
  });
  count = Math.min(count, MOST_ROWS);

  const end = Math.max(0, Math.ceil(count / PAGE) - 1);
  const ends = useRef(end);
  ends.current = end;
  const show = useCallback((from: number, to: number) => {
    const page = (index: number) => Math.max(0, Math.min(ends.current, Math.floor(index / PAGE)));
    const next = [page(from - AHEAD), page(to + AHEAD)] as const;
    clearTimeout(timer.current);
    setPages((now) => {
      if (next[0] === now[0] && next[1] === now[1]) return now;
      if (next[0] <= now[1] + 1 && next[1] >= now[0] - 1) return next;
      timer.current = setTimeout(() => setPages(next), PAUSE_MS);
      return now;
    });
  }, []);
  useEffect(() => {
    // the list became shorter
    if (last > end) setPages([Math.min(first, end), end]);
  }, [first, last, end]);

  const rows: Rows = {
    count,
    at: (index) => page(Math.floor(index / PAGE))?.rows[index % PAGE],
    near: datas.flatMap((data) => data?.rows ?? []),
    show,
    fetch: async (from, to) => {
      const wanted: Row[] = [];
      // what is seen as it is seen; beyond it one page after the other as they are now, each where the one before ends
      for (let at = Math.floor(from / PAGE); at <= Math.floor(to / PAGE); at++) {
        const seen = at >= first && at <= last ? datas[at - first] : undefined;
        const query = { ...rowsQuery(client, form, shape, at), staleTime: 0, placeholderData: undefined };
        wanted.push(...(seen ?? (await client.fetchQuery(query))).rows);
      }
      return wanted.slice(from % PAGE, (from % PAGE) + to - from + 1);
    },
  };
  return {
    rows,
    pending: enabled && count === 0 && datas.every((data) => data === undefined),
    dimmed: results.some((r) => r.isPlaceholderData),
    error: results.find((r) => r.isError && r.data === undefined)?.error,
    /** what is shown could not be read again */
    old: results.some((r) => r.isError && r.data !== undefined),
    refetch: () => results.filter((r) => r.isError).forEach((r) => void r.refetch()),
  };
}
