/** What differs between two answers, and whom a text names; without a screen. */

export interface AnyRow {
  id: number;
  [field: string]: unknown;
}
export interface Person {
  id: number;
  name: string;
}

const bare = ({ $fresh: _, version: __, ...row }: AnyRow) => JSON.stringify(row);

/** `moved`: rows came, went or changed places; `cells`: what changed in those that stayed where they are. */
export interface News {
  moved: boolean;
  count: number;
  cells: ReadonlyMap<number, string[]>;
}

export function compare(shown: readonly AnyRow[], fresh: readonly AnyRow[]): News {
  const before = new Map(shown.map((row) => [row.id, row]));
  const after = new Set(fresh.map((row) => row.id));
  const cells = new Map<number, string[]>();
  let came = 0;
  for (const row of fresh) {
    const old = before.get(row.id);
    if (!old) came++;
    else if (bare(old) !== bare(row))
      cells.set(
        row.id,
        Object.keys(row).filter((key) => JSON.stringify(row[key]) !== JSON.stringify(old[key])),
      );
  }
  const went = shown.filter((row) => !after.has(row.id)).length;
  const moved = shown.length !== fresh.length || shown.some((row, at) => row.id !== fresh[at]?.id);
  // a row that comes pushes another over the end of the page
  return { moved, count: Math.max(came, went) + cells.size || (moved ? 1 : 0), cells };
}

/** A text in pieces: plain words, and the people that an @ names; the longest name that fits is meant. */
export function pieces(text: string, people: readonly Person[]): (string | Person)[] {
  const longest = [...people].sort((a, b) => b.name.length - a.name.length);
  const out: (string | Person)[] = [];
  let plain = "";
  for (let at = 0; at < text.length; at++) {
    const named = text[at] === "@" && longest.find((p) => text.startsWith(p.name, at + 1));
    if (!named) {
      plain += text[at];
      continue;
    }
    if (plain) out.push(plain);
    plain = "";
    out.push(named);
    at += named.name.length;
  }
  if (plain) out.push(plain);
  return out;
}

/** Whom the text names; of two with one name those who were picked from the list. */
export function named(text: string, people: readonly Person[], picked: ReadonlySet<number>): number[] {
  const names = new Set(pieces(text, people).flatMap((p) => (typeof p === "string" ? [] : [p.name])));
  return people
    .filter((p) => names.has(p.name) && (picked.has(p.id) || people.filter((o) => o.name === p.name).length === 1))
    .map((p) => p.id);
}
