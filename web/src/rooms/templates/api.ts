import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api";
import type { components } from "@/api/schema";
import type { AudienceTree } from "./audience_model";
import type { TemplateTree } from "./model";

type Schemas = components["schemas"];
export type Template = Schemas["TemplateOut"];
export type Version = Omit<Schemas["TemplateVersion"], "tree"> & { tree: TemplateTree };
export type Preview = Schemas["TemplateTold"];
export type Piece = Schemas["PieceOut"];
export type Foreseen = Schemas["Foreseen"];
export type Tried = Schemas["TriedOut"];

export const TEMPLATES = ["templates"] as const;
export const templatesQuery = queryOptions({
  queryKey: [...TEMPLATES, "list"],
  queryFn: ({ signal }) => api.get<Template[]>("/templates", signal),
});
export const versionsQuery = (key: string) =>
  queryOptions({
    queryKey: [...TEMPLATES, "versions", key],
    queryFn: ({ signal }) => api.get<Version[]>(`/templates/${key}/versions`, signal),
  });

export interface Asked {
  tree: TemplateTree;
  record_id: number;
  channel: string;
  language: string;
  audience: string;
  /** an audience as it is drawn, instead */
  heard?: AudienceTree;
}
export const previewQuery = (asked: Asked | null) =>
  queryOptions({
    queryKey: [...TEMPLATES, "preview", JSON.stringify(asked)],
    queryFn: ({ signal }) => api.post<Preview>("/templates/preview", asked, signal),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 30_000,
  });
export const foresee = (tree: TemplateTree, audience: string, where: string) =>
  api.post<Foreseen>("/templates/foresee", { tree, audience, where });
export const tryOut = (asked: Asked & { to?: string }) => api.post<Tried>("/templates/try", asked);
