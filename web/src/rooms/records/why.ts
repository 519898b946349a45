/** How a value came about, from the server's explanation: a weighted sum as factors, anything else as a short tree. */

export interface Part {
  text: string;
  label: string | null;
  kind: string;
  value: string | number | boolean | string[] | null;
  why: string | null;
  path: string[];
  parts: Part[];
  /** parts that the reader may not see */
  hidden: number;
  flips: Flip[][];
  /** rows of a decision table that are hit, from 1; 0 is its answer when none is */
  rules?: number[];
}
export interface Flip {
  subject: string;
  op: string;
  value: string | number | boolean | null;
  path: string[];
}

export interface Factor {
  part: Part;
  weight: string;
  contribution: string;
}

const isLiteral = (p: Part) => p.parts.length === 0 && p.path.length === 0 && /^-?\d+(\.\d+)?$/.test(p.text);

/** The formula behind a named field; rounding and bounds around it do not matter to the reader. */
function core(p: Part): Part {
  const inner = p.path.length > 0 && p.parts.length === 1 ? p.parts[0] : undefined;
  if (inner) return core(inner);
  if (/^(ROUND|ROUNDUP|ROUNDDOWN|INT)\(/.test(p.text) && p.parts[0]) return core(p.parts[0]);
  return p;
}

/** a + b + c, read off the printed text of the parts. */
function terms(p: Part): Part[] {
  const [a, b] = p.parts;
  return a && b && p.text === `${a.text} + ${b.text}` ? [...terms(a), b] : [p];
}

/** `a / b` as what is divided and by how much. */
function divided(p: Part): [Part, number] {
  const [a, b] = p.parts;
  const by = Number(b?.value);
  const whole = a && b && p.text.endsWith(` / ${b.text}`) && !b.path.length && by > 0;
  return whole ? [core(a), by] : [p, 1];
}

/** A number that stands there, or one that somebody keeps in a table. */
const isWeight = (p: Part) => isLiteral(p) || (p.path.length === 0 && /^XLOOKUP\(/.test(p.text));

/** Weight times value for every term, or null when the value is not such a sum; weights are shares of what it is
divided by. */
export function factors(part: Part): Factor[] | null {
  const [sum, by] = divided(core(part));
  const found = terms(sum);
  if (found.length < 2) return null;
  const out: Factor[] = [];
  for (const term of found) {
    const [a, b] = term.parts;
    if (!a || !b || term.text !== `${a.text} * ${b.text}`) return null;
    const [weight, factor] = isWeight(a) ? [a, b] : isWeight(b) ? [b, a] : [null, null];
    if (!weight || !factor) return null;
    const share = (value: Part["value"]) => (by === 1 ? String(value ?? "") : String(Number(value) / by));
    out.push({ part: factor, weight: share(weight.value), contribution: share(term.value) });
  }
  return out;
}

/** The one factor that alone brings a score up to `goal`, by the least: `to` is what it would have to be. */
export function wouldReach(found: readonly Factor[], score: number, goal: number, most = 100): [Part, number] | null {
  const ways = found.flatMap((f): [Part, number, number][] => {
    const now = Number(f.part.value);
    const to = Math.ceil(now + (goal - score) / Number(f.weight));
    return Number.isFinite(to) && to <= most && to > now ? [[f.part, to, to - now]] : [];
  });
  const best = ways.sort((a, b) => a[2] - b[2])[0];
  return best ? [best[0], best[1]] : null;
}

export interface Line {
  depth: number;
  part: Part;
}
const DEEPEST = 3;
/** A field's value on a day, of a run of readings. */
export const readingOf = (p: Part): { field: string; day: string } | null => {
  const found = /^(\S+) (\d{4}-\d\d-\d\d)$/.exec(p.text);
  return found ? { field: found[1] ?? "", day: found[2] ?? "" } : null;
};
const READINGS = 4;
/** Of a run the latest readings alone. */
const within = (p: Part): Part[] =>
  /^(HELD|STREAK)\(/.test(p.text) ? p.parts.filter(readingOf).slice(0, READINGS) : p.parts;

/** The conditions and fields of a tree, the most telling levels only; literals and lone brackets are left out. */
export function lines(part: Part): Line[] {
  const out: Line[] = [];
  function walk(p: Part, depth: number) {
    const own = p.path.length > 0 || p.kind === "yes_no" || readingOf(p) !== null;
    if (own) out.push({ depth, part: p });
    if (depth >= DEEPEST) return;
    for (const q of within(p)) walk(q, own ? depth + 1 : depth);
  }
  for (const p of within(part)) walk(p, 0);
  return out.filter((l, i) => out.findIndex((m) => m.part.text === l.part.text) === i).slice(0, 14);
}

/** Parts that rights keep from the reader, all levels together. */
export const hiddenParts = (part: Part): number => part.hidden + part.parts.reduce((n, p) => n + hiddenParts(p), 0);
