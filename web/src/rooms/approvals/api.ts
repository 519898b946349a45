import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";

type Sent = components["schemas"];
export type ApprovalRow = Sent["ApprovalRowOut"];
export type Approval = Sent["ApprovalOut"];
export type TrailStep = Approval["trail"][number];
export type ApprovalStep = Sent["ApprovalStepOut"];
export type ReturnStep = Sent["ReturnStepOut"];
export type Vote = Sent["VoteOut"];
export type Act = Approval["may"][number];
export type View = "mine" | "done" | "sent" | "copied";
export type Decision = Sent["DecideIn"];
export type Where = Sent["AddIn"]["where"];
export type How = Sent["ReturnIn"]["how"];

// a decision of somebody else changes no record, so no event tells of it
const LIST_MS = 60_000;
const PAGE_MS = 10_000;

/** A page is of fifty; `waiting` of any page is how many wait for me. */
export const approvalsQuery = (view: View) =>
  infiniteQueryOptions({
    queryKey: [...keys.approvals, "list", view],
    queryFn: ({ signal, pageParam }) =>
      api.get<Sent["ApprovalsOut"]>(`/approvals${query({ view, after: pageParam })}`, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    refetchInterval: LIST_MS,
  });
export const approvalQuery = (vote: number) =>
  queryOptions({
    queryKey: [...keys.approvals, "page", vote],
    queryFn: ({ signal }) => api.get<Approval>(`/approvals/${vote}`, signal),
    refetchInterval: PAGE_MS,
    staleTime: 0,
    gcTime: 0, // opened again it is read again: what I have seen is no change, what I have not is one
  });

export const fileBase = (vote: number) => `/api/approvals/${vote}/files`;

const at = (vote: number, act: string) => `/approvals/${vote}/${act}`;
export const decide = (vote: number, decision: Decision) => api.post<void>(at(vote, "decide"), decision);
export const decideMany = (votes: number[], outcome: Decision["outcome"], opinion: string) =>
  api.post<Sent["DecidedOut"]>("/approvals/decide-many", { votes, outcome, opinion });
export const markRead = (vote: number) => api.post<void>(at(vote, "read"));
export const addSigners = (vote: number, people: number[], where: Where, opinion: string) =>
  api.post<void>(at(vote, "add"), { people, where, opinion });
export const removeSigner = (vote: number) => api.post<void>(at(vote, "remove"));
export const transferVote = (vote: number, person: number, opinion: string) =>
  api.post<void>(at(vote, "transfer"), { person, opinion });
export const delegateVote = (vote: number, person: number, opinion: string) =>
  api.post<void>(at(vote, "delegate"), { person, opinion });
export const urgeVote = (vote: number) => api.post<void>(at(vote, "urge"));
export const returnVote = (vote: number, to: string, how: How, opinion: string) =>
  api.post<void>(at(vote, "return"), { to, how, opinion });
export const withdrawApproval = (vote: number) => api.post<void>(at(vote, "withdraw"));
