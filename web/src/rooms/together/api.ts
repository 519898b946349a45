import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, keys, query } from "@/api";
import type { components } from "@/api/schema";

export type Comment = components["schemas"]["CommentOut"];
export type Face = components["schemas"]["FaceOut"];
type Colleague = components["schemas"]["WhoOut"];
type CommentIn = components["schemas"]["CommentIn"];

const PAGE = 30;
const at = (form: string, id: number) => `/forms/${form}/${id}`;

export const commentsKey = (form: string, id: number) => [...keys.record(form, id), "comments"];
export const commentsQuery = (form: string, id: number) =>
  infiniteQueryOptions({
    queryKey: commentsKey(form, id),
    queryFn: ({ signal, pageParam }) =>
      api.get<Comment[]>(`${at(form, id)}/comments${query({ before: pageParam })}`, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length === PAGE ? last.at(-1)?.id : undefined),
  });
export const mentionableQuery = (form: string, id: number) =>
  queryOptions({
    queryKey: [...keys.record(form, id), "mentionable"],
    queryFn: ({ signal }) => api.get<Colleague[]>(`${at(form, id)}/mentionable`, signal),
  });

export const say = (form: string, id: number, said: CommentIn) => api.post<Comment>(`${at(form, id)}/comments`, said);
export const changeComment = (form: string, id: number, comment: number, said: CommentIn) =>
  api.put<Comment>(`${at(form, id)}/comments/${comment}`, said);
export const removeComment = (form: string, id: number, comment: number) =>
  api.delete<void>(`${at(form, id)}/comments/${comment}`);
export const restoreComment = (form: string, id: number, comment: number) =>
  api.post<Comment>(`${at(form, id)}/comments/${comment}/restore`);

export const touch = (form: string, id: number, window: string, editing: boolean) =>
  api.put<Face[]>(`${at(form, id)}/presence`, { window, editing });
export const leave = (form: string, id: number, window: string) =>
  api.delete<void>(`${at(form, id)}/presence${query({ window })}`);
