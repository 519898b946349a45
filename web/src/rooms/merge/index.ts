export { AlikeHint } from "./alike_hint";
export { DuplicatesButton } from "./duplicates_button";
export { MergedInto } from "./merged_into";
