export * from "./api";
export { Designer } from "./designer";
export { NewDefinition } from "./new_definition";
export { Publications } from "./publications";
export { type DraftWork, useDraft } from "./use_draft";
export { countByKind, grouped } from "./uses";
