export { AlertsCard } from "./alerts_card";
export { someAlertsQuery } from "./api";
