import { queryOptions } from "@tanstack/react-query";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";

type Sent = components["schemas"];
export type Database = Sent["DatabaseOut"];
export type Index = Sent["IndexOut"];
export type Question = Sent["QuestionOut"];

const AT_WORK = 3_000;

export const databaseQuery = queryOptions({
  queryKey: keys.database,
  queryFn: ({ signal }) => api.get<Database>("/database", signal),
  // while the job is at something, look again
  refetchInterval: (query) =>
    query.state.data?.indexes.some((one) => ["building", "waiting", "dropping"].includes(one.state)) ? AT_WORK : false,
});

export const dropIndex = (name: string) => api.post<void>(`/database/indexes/${name}/drop`, {});
export const buildIndex = (name: string) => api.post<void>(`/database/indexes/${name}/build`, {});
export const answerQuestion = (shape: string) => api.post<void>(`/database/questions/${shape}/build`, {});
