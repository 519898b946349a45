import { lazy } from "react";

export * from "./api";
export const NewTask = lazy(async () => ({ default: (await import("./new_task")).NewTask }));
