import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { components } from "@/api/schema";

type Sent = components["schemas"];
export type Organisation = Sent["OrganisationOut"];
export type Member = Sent["MemberLine"];
export type Unit = Sent["UnitOut"];
export type UnitChoice = Sent["UnitChoice"];

export const organisationKey = (channel: string) => ["organisations", channel] as const;
export const organisationQuery = (channel: string) =>
  queryOptions({
    queryKey: organisationKey(channel),
    queryFn: ({ signal }) => api.get<Organisation>(`/organisations/${channel}`, signal),
    refetchOnWindowFocus: false, // what is being chosen from stays as it is
  });
export const fetchOrganisation = (channel: string) => api.post<Organisation>(`/organisations/${channel}/read`);
export const chooseUnits = (channel: string, choices: UnitChoice[]) =>
  api.put<Organisation>(`/organisations/${channel}/units`, choices);
export const syncOrganisation = (channel: string, read_at: string, remotes: string[]) =>
  api.post<Sent["Synced"]>(`/organisations/${channel}/sync`, { read_at, remotes });
export const syncDaily = (channel: string, on: boolean) =>
  api.put<Organisation>(`/organisations/${channel}/daily`, { on });
