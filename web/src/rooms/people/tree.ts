import type { Department } from "./api";

export interface Branch {
  department: Department;
  depth: number;
}

/** Departments as lines of a tree, children below their parent. */
export function branches(departments: readonly Department[]): Branch[] {
  const known = new Set(departments.map((d) => d.id));
  const lines: Branch[] = [];
  const walk = (parent: number | null, depth: number) => {
    for (const one of departments)
      if ((one.parent_id !== null && known.has(one.parent_id) ? one.parent_id : null) === parent) {
        lines.push({ department: one, depth });
        walk(one.id, depth + 1);
      }
  };
  walk(null, 0);
  return lines;
}

/** The department and everything below it. */
export function below(departments: readonly Department[], id: number): Set<number> {
  const found = new Set([id]);
  // parents stand before children
  for (const one of departments) if (one.parent_id !== null && found.has(one.parent_id)) found.add(one.id);
  return found;
}

/** A key nobody has, for a department that is named in any language. */
export function freeKey(departments: readonly Department[], name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "");
  const taken = new Set(departments.map((d) => d.key));
  const stem = plain || "department";
  let key = stem;
  for (let at = 2; taken.has(key); at++) key = `${stem}_${at}`;
  return key;
}
