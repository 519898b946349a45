export { AlertsCard } from "./alerts_card";
