/** Fields of the map that meet the same rules, joined into rectangles. Pure. */
export interface Field {
  x: number;
  y: number;
  wide: number;
  high: number;
  rules: readonly number[];
}

export function fields(rules: readonly (readonly (readonly number[])[])[]): Field[] {
  const taken = rules.map((line) => line.map(() => false));
  const same = (a: readonly number[] | undefined, b: readonly number[]) => a !== undefined && a.join() === b.join();
  const free = (x: number, y: number, mine: readonly number[]) => !taken[y]?.[x] && same(rules[y]?.[x], mine);
  const found: Field[] = [];
  rules.forEach((line, y) => {
    line.forEach((mine, x) => {
      if (taken[y]?.[x]) return;
      let wide = 1;
      while (free(x + wide, y, mine)) wide++;
      let high = 1;
      while (Array.from({ length: wide }, (_, i) => x + i).every((at) => free(at, y + high, mine))) high++;
      for (let row = y; row < y + high; row++)
        for (let at = x; at < x + wide; at++) {
          const marks = taken[row];
          if (marks) marks[at] = true;
        }
      found.push({ x, y, wide, high, rules: mine });
    });
  });
  return found;
}

/** What a field is called: a gap, one row, or rows that meet there. */
export const kindOf = (rules: readonly number[], many: boolean) =>
  rules.length === 0 ? "gap" : rules.length > 1 && !many ? "over" : "one";
