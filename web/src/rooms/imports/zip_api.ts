import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Bundle = Schemas["BundleOut"];
export type BundleItem = Schemas["BundleItem"];
export const isRead = (state: Bundle["state"]) => state !== "queued" && state !== "running";

export const FILLED = ["certificate", "attachment", "image"];

export const bundleQuery = (id: number) =>
  queryOptions({
    queryKey: ["bundles", id] as const,
    queryFn: ({ signal }) => api.get<Bundle>(`/bundles/${id}`, signal),
    refetchInterval: (q) => (q.state.data && !isRead(q.state.data.state) ? 600 : false),
  });
export const bundlesQuery = queryOptions({
  queryKey: ["bundles"] as const,
  queryFn: ({ signal }) => api.get<Schemas["BundleLine"][]>("/bundles", signal),
});
export const discardBundle = (id: number) => api.delete<void>(`/bundles/${id}`);
export function uploadBundle(file: File, form: string, field: string): Promise<Schemas["BundleMade"]> {
  const body = new FormData();
  body.set("file", file);
  body.set("form", form);
  body.set("field", field);
  return api.post("/bundles", body);
}
/** One file as a person says it; what is not said is blank. */
export const fixItem = (id: number, n: number, said: Schemas["BundleFix"]) =>
  api.put<Bundle>(`/bundles/${id}/items/${n}`, said);
export const runBundle = (id: number) => api.post<Bundle>(`/bundles/${id}/run`);
export const undoBundle = (id: number) => api.post<Schemas["BundleUndone"]>(`/bundles/${id}/undo`);

/** What a fix says when only a part of it changes. */
export const said = (one: BundleItem, part: Partial<Schemas["BundleFix"]>): Schemas["BundleFix"] => ({
  record_id: one.record?.id ?? null,
  field: one.field,
  from_on: one.from_on,
  until_on: one.until_on,
  skip: one.skip,
  ...part,
});
/** Which will be filled in. */
export const going = (items: readonly BundleItem[]) => items.filter((one) => one.state === "matched" && !one.skip);
