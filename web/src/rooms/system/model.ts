import type { Index } from "./api";

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** 1536 -> 1.5 KB: three digits are enough to compare */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${UNITS[unit]}`;
}

/** `order:name` and `-amount` name a field and how it is meant */
export function keyOf(text: string): { path: string; down: boolean } {
  const path = text.replace(/^order:/, "");
  return path.startsWith("-") ? { path: path.slice(1), down: true } : { path, down: false };
}

/** Indexes that follow use; those of search, which a form always has, stand apart. */
export const followsUse = (one: Index) => one.name.startsWith("use_");

/** What the database said, as far as a person can do something about it. */
export const reasonOf = (problem: string) =>
  /no space|disk full|could not extend/i.test(problem) ? "disk" : /memory/i.test(problem) ? "memory" : "other";

/** There for nobody, or never asked since it was built: a person may let it go. */
export const unused = (one: Index) => one.state === "ready" && (one.reasons.length === 0 || one.used === 0);
