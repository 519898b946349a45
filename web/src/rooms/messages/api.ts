import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";
import type { Asked } from "./model";

export const TABS = ["all", "held", "queued", "uncertain", "failed", "sent", "cancelled"] as const;
export type Tab = (typeof TABS)[number];

export type State =
  | "bounced"
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
  try_at: string;
  of_id: number | null;
  /** what the customer is called */
  customer: string | null;
  /** the message instead of which it goes; which it repeats */
  falls_from: number | null;
  resend_of: number | null;
  /** no way was left: somebody is asked to call, or to find a contact */
  asks: "call" | "contact" | null;
}

export interface Attempt {
  started_at: string;
  ended_at: string | null;
  outcome: "sent" | "temporary" | "permanent" | "uncertain" | null;
  why: string | null;
  detail: string | null;
}

/** The exact text as it left or will leave, and its course. */
export interface MessageDetail
  extends Omit<Message, "template_label" | "held" | "outward" | "tries" | "repeats" | "customer"> {
  body: string;
  language: string | null;
  captured: Record<string, string | null>;
  attempts: Attempt[];
}

type Schemas = components["schemas"];
/** Where it comes from, why this recipient, what is tried if it fails. */
export type Behind = Schemas["OutboxMore"];
export type Forecast = Schemas["Forecast"];
export type Recipient = Schemas["Recipient"];
export type Tried = Schemas["TriedOut"];
export type Policy = Required<Schemas["PolicyBody"]>;
export type Mass = Schemas["MassOut"];

export interface Channel {
  key: string;
  outward: boolean;
  released: boolean;
  released_at: string | null;
  released_by: string | null;
  problem: string | null;
  problem_at: string | null;
  waiting: number;
  /** of those: until they are released */
  held: number;
  sent_today: number;
  failed: number;
  uncertain: number;
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
  what?:
    | "export"
    | "pack"
    | "given"
    | "taken"
    | "urged"
    | "opted_out"
    | "replied"
    | "wrote"
    | "escalated"
    | "unknown_account"
    | null;
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

export const outboxQuery = (asked: Asked) =>
  infiniteQueryOptions({
    queryKey: keys.messages(asked),
    queryFn: ({ signal, pageParam }) => api.get<Page>(`/messages${query({ ...asked, before: pageParam })}`, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.rows.length === PAGE ? (last.rows.at(-1)?.id ?? null) : null),
  });
export const exportPath = (asked: Asked) => `/api/outbox/export${query({ ...asked })}`;
export const filtersQuery = queryOptions({
  queryKey: [...keys.allMessages, "filters"],
  queryFn: ({ signal }) => api.get<Schemas["Filters"]>("/outbox/filters", signal),
  staleTime: 60_000,
});
export const behindQuery = (id: number) =>
  queryOptions({
    queryKey: keys.messages({ behind: id }),
    queryFn: ({ signal }) => api.get<Behind>(`/outbox/${id}`, signal),
  });
export const recipientsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.messages({ recipients: id }),
    queryFn: ({ signal }) => api.get<Recipient[]>(`/outbox/${id}/recipients`, signal),
  });
export const massQuery = queryOptions({
  queryKey: [...keys.allMessages, "mass"],
  queryFn: ({ signal }) => api.get<Mass[]>("/messages/mass-sendings", signal),
});
export const policyQuery = queryOptions({
  queryKey: [...keys.channels, "policy"],
  queryFn: ({ signal }) => api.get<Policy>("/sending-policy", signal),
  staleTime: 0,
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
export const forecastQuery = (channel: string, template: string | null) =>
  queryOptions({
    queryKey: [...keys.channels, "forecast", channel, template],
    queryFn: ({ signal }) => api.get<Forecast>(`/channels/${channel}/release${query({ template })}`, signal),
    staleTime: 0,
  });
export const termQuery = (channel: string, term: string, template: string | null) =>
  queryOptions({
    queryKey: keys.messages({ channel, term, template }),
    queryFn: ({ signal }) => api.get<Message[]>(`/channels/${channel}/release/${term}${query({ template })}`, signal),
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

export const release = (channel: string, template: string | null) =>
  api.post<void>(`/channels/${channel}/release`, template ? { template } : {});
export const recall = (channel: string) => api.post<void>(`/channels/${channel}/recall`);
export const approveMass = (template: string) => api.post<void>(`/messages/mass-sendings/${template}/approve`);
export const letGo = (ids: readonly number[]) => api.post<{ done: number }>("/outbox/let-go", { ids });
export const cancelMany = (ids: readonly number[]) => api.post<{ done: number }>("/outbox/cancel", { ids });
export const resolve = (id: number, act: "again" | "arrived" | "cancel") =>
  api.post<void>(`/messages/${id}/resolve`, { act });
export const resend = (id: number, sure: boolean) => api.post<{ id: number }>(`/messages/${id}/resend`, { sure });
export const readdress = (id: number, contact: number) => api.post<void>(`/outbox/${id}/recipient`, { contact });
export const toMe = (id: number, to: string) => api.post<Tried>(`/outbox/${id}/to-me`, to ? { to } : {});
export const savePolicy = (policy: Policy) => api.put<Policy>("/sending-policy", policy);
export const readNotices = (upto: number) => api.post<void>("/notices/read", { upto });
