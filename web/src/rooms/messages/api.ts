import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";

export const TABS = ["all", "held", "queued", "uncertain", "failed", "sent", "cancelled"] as const;
export type Tab = (typeof TABS)[number];

export type State =
  | "queued"
  | "sending"
  | "sent"
  | "failed"
  | "uncertain"
  | "cancelled"
  | "expired"
  | "merged"
  | "unaddressed";

export interface Message {
  id: number;
  channel: string;
  template: string;
  template_label: string;
  form: string;
  record_id: number;
  instance_id: number | null;
  node: string | null;
  name: string | null;
  address: string | null;
  subject: string;
  state: State;
  why: string | null;
  /** waits for the release of its channel */
  held: boolean;
  outward: boolean;
  decided_at: string;
  due_at: string;
  settled_at: string | null;
  not_after: string | null;
  tries: number;
  repeats: number;
  merged_into: number | null;
}

export interface Attempt {
  started_at: string;
  ended_at: string | null;
  outcome: "sent" | "temporary" | "permanent" | "uncertain" | null;
  detail: string | null;
}

/** The exact text as it left or will leave, and its course. */
export interface MessageDetail extends Omit<Message, "template_label" | "held" | "outward" | "tries" | "repeats"> {
  body: string;
  try_at: string;
  captured: Record<string, string | null>;
  attempts: Attempt[];
}

export interface Channel {
  key: string;
  outward: boolean;
  released: boolean;
  released_at: string | null;
  released_by: string | null;
  problem: string | null;
  problem_at: string | null;
  waiting: number;
  sent_today: number;
  failed: number;
  uncertain: number;
}

/** waiting = expired + merged + leaving + later; unaddressed stand beside it */
export interface Forecast {
  waiting: number;
  expired: number;
  merged: number;
  leaving: number;
  later: number;
  unaddressed: number;
}

export interface Notice {
  id: number;
  form: string;
  record_id: number;
  subject: string;
  /** who named me in this comment at the record `subject` */
  by?: string | null;
  comment_id?: number | null;
  /** what I asked for is ready: the file `subject`, of no record; or what `who` did with `number` tasks of mine; or how often the contact `subject` was not reminded; `title`: of the record that it leads to */
  what?: "export" | "pack" | "given" | "taken" | "urged" | "opted_out" | "replied" | "wrote" | "escalated" | null;
  who?: string | null;
  title?: string | null;
  number?: number | null;
  decided_at: string;
  read_at: string | null;
}
export interface Notices {
  unread: number;
  rows: Notice[];
}

interface Page {
  rows: Message[];
  counts: Record<Tab, number>;
}
const PAGE = 50;

export const outboxQuery = (tab: Tab) =>
  infiniteQueryOptions({
    queryKey: keys.messages({ tab }),
    queryFn: ({ signal, pageParam }) => api.get<Page>(`/messages${query({ tab, before: pageParam })}`, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.rows.length === PAGE ? (last.rows.at(-1)?.id ?? null) : null),
  });
export const recordMessagesQuery = (form: string, id: number) =>
  queryOptions({
    queryKey: keys.messages({ form, id }),
    queryFn: ({ signal }) => api.get<Page>(`/messages${query({ form, record_id: id })}`, signal),
  });
export const messageQuery = (id: number) =>
  queryOptions({
    queryKey: keys.messages({ one: id }),
    queryFn: ({ signal }) => api.get<MessageDetail>(`/messages/${id}`, signal),
  });
export const channelsQuery = queryOptions({
  queryKey: keys.channels,
  queryFn: ({ signal }) => api.get<Channel[]>("/channels", signal),
});
export const forecastQuery = (channel: string) =>
  queryOptions({
    queryKey: [...keys.channels, "forecast", channel],
    queryFn: ({ signal }) => api.get<Forecast>(`/channels/${channel}/release`, signal),
    staleTime: 0,
  });
export const NOTICES_PAGE = 30;
export const noticePagesQuery = infiniteQueryOptions({
  queryKey: [...keys.notices, "pages"] as const,
  queryFn: ({ signal, pageParam }) => api.get<Notices>(`/notices${query({ before: pageParam })}`, signal),
  initialPageParam: null as number | null,
  getNextPageParam: (last) => (last.rows.length === NOTICES_PAGE ? (last.rows.at(-1)?.id ?? null) : null),
});
export const noticesQuery = queryOptions({
  queryKey: keys.notices,
  queryFn: ({ signal }) => api.get<Notices>("/notices", signal),
  refetchInterval: 60_000,
});

export const release = (channel: string) => api.post<void>(`/channels/${channel}/release`);
export const recall = (channel: string) => api.post<void>(`/channels/${channel}/recall`);
export const resolve = (id: number, act: "again" | "arrived" | "cancel") =>
  api.post<void>(`/messages/${id}/resolve`, { act });
export const readNotices = (upto: number) => api.post<void>("/notices/read", { upto });
