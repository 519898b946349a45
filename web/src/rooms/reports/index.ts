export * from "./api";
export type { Option } from "./options";
