export * from "./api";
export { listAddress } from "./state";
