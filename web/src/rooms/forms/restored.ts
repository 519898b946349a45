/** A field as it is published again: what was drawn about it is given up, the rest of the drawing stays. */
import { type FormTree, fieldOf, laidOut, layoutOf, spotOf } from "./form_tree";

export function restored(tree: FormTree, current: FormTree, key: string): FormTree {
  const was = fieldOf(current, key);
  if (!was) return tree;
  if (fieldOf(tree, key)) return { ...tree, fields: tree.fields.map((f) => (f.key === key ? was : f)) };
  const before = new Set(current.fields.slice(0, current.fields.indexOf(was)).map((f) => f.key));
  const at = tree.fields.findLastIndex((f) => before.has(f.key)) + 1;
  const fields = [...tree.fields.slice(0, at), was, ...tree.fields.slice(at)];
  const has = new Set(fields.map((f) => f.key));
  const groups = (current.unique ?? []).filter((keys) => keys.includes(key) && keys.every((k) => has.has(k)));
  const whole: FormTree = {
    ...tree,
    fields,
    ...(tree.title === undefined && current.title === key ? { title: key } : {}),
    ...(tree.owner === undefined && current.owner === key ? { owner: key } : {}),
    ...(current.card?.includes(key) ? { card: current.card.filter((k) => k === key || tree.card?.includes(k)) } : {}),
    ...(groups.length > 0 ? { unique: [...(tree.unique ?? []), ...groups] } : {}),
  };
  if (!tree.layout) return whole;
  const from = spotOf(layoutOf(current), key);
  const cell = from && layoutOf(current)[from.tab]?.sections[from.section]?.cells[from.cell];
  return laidOut(whole, (tabs) => {
    const stands = spotOf(tabs, key);
    const section = from && tabs[from.tab]?.sections[from.section];
    if (!from || !section || !cell || !stands) return;
    tabs[stands.tab]?.sections[stands.section]?.cells.splice(stands.cell, 1);
    section.cells.splice(from.cell, 0, { ...cell });
    for (const tab of tabs)
      tab.sections = tab.sections.filter((one) => one === section || one.label || one.cells.length);
  });
}
