import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type ExportAnswer = Schemas["ExportOut"];
export type AskExport = Schemas["AskExport"];

export const isRunning = (one: ExportAnswer) => one.state === "queued" || one.state === "running";
/** 0 to 100; nothing to write counts as written. */
export const percentOf = (one: ExportAnswer) => (one.total ? Math.floor((one.written / one.total) * 100) : 0);
export const addressOf = (one: ExportAnswer) => `/api/exports/${one.id}/file`;

const key = ["exports"] as const;
export const exportsQuery = queryOptions({
  queryKey: key,
  queryFn: ({ signal }) => api.get<ExportAnswer[]>("/exports", signal),
  refetchInterval: (q) => (q.state.data?.some(isRunning) ? 600 : false),
});
export const askExport = (form: string, asked: AskExport) =>
  api.post<Schemas["ExportAsked"]>(`/forms/${form}/export`, asked);
export const askPack = () => api.post<Schemas["ExportAsked"]>("/exports/pack");
export const cancelExport = (id: number) => api.post<void>(`/exports/${id}/cancel`);

/** The browser saves it under the name that the server says. */
export function download(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
