export { MergedInto } from "./merged_into";
