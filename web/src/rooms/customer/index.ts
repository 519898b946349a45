export { CentreActs } from "./acts";
export { AskTask } from "./ask_task";
export { BeginAct } from "./begin";
export { HeadChips, HeadLine, Tile } from "./head";
export { Overview } from "./overview";
export { Rail } from "./rail";
export { Strip } from "./strip";
