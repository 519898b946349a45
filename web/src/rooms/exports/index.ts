export { ExportButton } from "./export_button";
