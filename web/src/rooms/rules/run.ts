/** A run of readings in a condition, as its numbers: HELD(score < 60, 2, "week"), alone or first in an AND. Pure. */

export const PERIODS = ["day", "week"] as const;
export const COMPARES = ["<", "<=", ">", ">="] as const;
export interface Run {
  field: string;
  op: string;
  limit: string;
  times: number;
  period: string;
}

const HELD = /^HELD\(\s*([a-z_]\w*(?:\.[a-z_]\w*)*)\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*,\s*(\d+)\s*,\s*"(\w+)"\s*\)$/;

/** The arguments of one call around everything, or null. */
export function args(text: string, name: string): string[] | null {
  const head = `${name}(`;
  if (!text.toUpperCase().startsWith(head)) return null;
  const found: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = head.length;
  for (let at = head.length; at < text.length; at++) {
    const c = text[at];
    if (c === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (c === "(" || c === "[") depth++;
    else if (c === "," && depth === 0) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    } else if (c === ")" || c === "]") {
      if (depth > 0) depth--;
      else {
        if (at !== text.length - 1) return null;
        found.push(text.slice(from, at).trim());
        return found;
      }
    }
  }
  return null;
}

function runOf(text: string): Run | null {
  const found = HELD.exec(text.trim());
  if (!found) return null;
  const [, field = "", op = "", limit = "", times = "", period = ""] = found;
  return (PERIODS as readonly string[]).includes(period) ? { field, op, limit, times: Number(times), period } : null;
}

/** The run, and what must hold besides; no run: null. */
export function split(text: string): { run: Run; rest: string } | null {
  const alone = runOf(text);
  if (alone) return { run: alone, rest: "" };
  const parts = args(text.trim(), "AND");
  const run = parts?.[0] === undefined ? null : runOf(parts[0]);
  if (!parts || !run) return null;
  const rest = parts.slice(1);
  return { run, rest: rest.length > 1 ? `AND(${rest.join(", ")})` : (rest[0] ?? "") };
}

export const written = (run: Run) => `HELD(${run.field} ${run.op} ${run.limit}, ${run.times}, "${run.period}")`;
export const joined = (run: Run, rest: string): string => (rest ? `AND(${written(run)}, ${rest})` : written(run));
