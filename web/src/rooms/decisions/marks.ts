import type { Checked, Gap } from "./api";
import type { DecisionTree } from "./model";

export type Marks = ReadonlyMap<string, { tone: "wrong" | "over"; text: string }>;

/** What is wrong at which cell; of rows that meet the conditions that narrow them. */
export function marksOf(tree: DecisionTree, checked: Checked | undefined): Marks {
  const found = new Map<string, { tone: "wrong" | "over"; text: string }>();
  const texts = new Map((checked?.problems ?? []).map((one) => [one.path, one.text]));
  for (const pair of checked?.overlaps ?? []) {
    const text = [...texts.values()].find(
      (one) => one.includes(`${pair.first + 1}`) && one.includes(`${pair.second + 1}`),
    );
    for (const row of [pair.first, pair.second])
      tree.inputs.forEach((_, column) => {
        if ((tree.rules[row]?.when[column] ?? "-") !== "-" || pair.cells[column] !== "-")
          found.set(`${row}.${column}`, { tone: "over", text: text ?? "" });
      });
  }
  for (const one of checked?.problems ?? []) {
    const at = /^rules\[(\d+)\]\.(when|give)\[(\d+)\]$/.exec(one.path);
    if (at)
      found.set(`${at[1]}.${Number(at[3]) + (at[2] === "give" ? tree.inputs.length : 0)}`, {
        tone: "wrong",
        text: one.text,
      });
  }
  return found;
}

export function gapsAt(gaps: readonly Gap[]): ReadonlyMap<number, Gap[]> {
  const found = new Map<number, Gap[]>();
  for (const gap of gaps) found.set(gap.after, [...(found.get(gap.after) ?? []), gap]);
  return found;
}

/** 折扣 18%，客户等级 普通客户 */
export function exampleOf(
  tree: DecisionTree,
  example: readonly (string | null)[],
  label: (one: { label: string }) => string,
  blank: string,
  comma: string,
): string {
  return tree.inputs
    .map((column, i) => {
      const text = example[i];
      const shown = text === null || text === undefined ? blank : text;
      return `${label(column)} ${column.options?.find((one) => one.key === text)?.label ?? shown}`;
    })
    .join(comma);
}
