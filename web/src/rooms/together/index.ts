import { lazy } from "react";

export { Faces } from "./faces";
export { ListNews } from "./list_news";
export { useLive } from "./live";
export { useNoticesLive } from "./notices_live";
export { Overtaken, useRecordLive } from "./record_live";
export const Comments = lazy(async () => ({ default: (await import("./comments")).Comments }));
