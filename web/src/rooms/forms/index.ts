export * from "./api";
export { layoutOf, type Section, type Tab } from "./form_tree";
