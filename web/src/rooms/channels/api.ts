import { queryOptions } from "@tanstack/react-query";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";

type Sent = components["schemas"];
export type Standing = Sent["ChannelStanding"];
export type Setup = Sent["SetupOut"];
export type Asked = Sent["AskedOut"];
export type Tried = Sent["TriedOut"];
export type SmsCode = Sent["SmsCode"];
export type Sender = Sent["SenderOut"];
export type Values = Record<string, unknown>;

const at = [...keys.channels, "standing"] as const;
const SOON = 20_000;

export const standingsQuery = queryOptions({
  queryKey: at,
  queryFn: ({ signal }) => api.get<Standing[]>("/channels/overview", signal),
  // what waits or leaves changes by itself
  refetchInterval: (query) => (query.state.data?.some((one) => one.state === "resting") ? SOON : 3 * SOON),
});
export const setupQuery = (channel: string) =>
  queryOptions({
    queryKey: [...keys.channels, "setup", channel],
    queryFn: ({ signal }) => api.get<Setup>(`/channels/${channel}/setup`, signal),
    staleTime: 0,
    gcTime: 0,
  });
export const codesQuery = queryOptions({
  queryKey: [...keys.channels, "codes"],
  queryFn: ({ signal }) => api.get<SmsCode[]>("/channels/sms-codes", signal),
});
export const sendersQuery = queryOptions({
  queryKey: [...keys.channels, "senders"],
  queryFn: ({ signal }) => api.get<Sender[]>("/channels/webhooks", signal),
});
export const policyQuery = queryOptions({
  queryKey: [...keys.channels, "policy"],
  queryFn: ({ signal }) => api.get<Sent["PolicyBody"]>("/sending-policy", signal),
});

/** The rest of the policy stays as it is now. */
export async function saveAddress(link_base: string): Promise<void> {
  const now = await api.get<Sent["PolicyBody"]>("/sending-policy");
  await api.put("/sending-policy", { ...now, link_base });
}
export const saveSetup = (channel: string, body: { kind: string; values: Values; secrets: Record<string, string> }) =>
  api.put<Setup>(`/channels/${channel}/setup`, body);
export const clearSetup = (channel: string) => api.delete<void>(`/channels/${channel}/setup`);
export const tryChannel = (channel: string, body: Partial<Sent["TryIn"]>) =>
  api.post<Tried>(`/channels/${channel}/try`, body);
