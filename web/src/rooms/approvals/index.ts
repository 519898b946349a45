export { approvalsQuery } from "./api";
