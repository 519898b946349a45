export { Overview } from "./overview";
export { Rail } from "./rail";
export { HeadLine, Strip } from "./strip";
