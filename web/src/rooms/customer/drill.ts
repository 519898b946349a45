/** What stands behind a figure that is computed from records that point here: pure. */

import type { Form } from "@/rooms/forms";

/** The arguments of a call, split where no bracket and no text is open. */
function parts(inner: string): string[] {
  const found: string[] = [];
  let [depth, from, quoted] = [0, 0, false];
  for (let at = 0; at < inner.length; at++) {
    const c = inner[at];
    if (c === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (c === "(") depth++;
    else if (c === ")" && --depth < 0) return [];
    else if (c === "," && depth === 0) {
      found.push(inner.slice(from, at).trim());
      from = at + 1;
    }
  }
  return [...found, inner.slice(from).trim()];
}

/** The list with exactly the records that a sum, a count or an extreme over one collection is made of; null: it is made of
 * something else. */
export function behind(
  form: Form,
  formula: string | null | undefined,
  id: number,
): { form: string; filter: string } | null {
  const call = /^(COUNTIF|SUMIF|MINIF|MAXIF|AVERAGEIF|COUNT|SUM|MIN|MAX|AVERAGE)\((.*)\)$/s.exec(formula?.trim() ?? "");
  if (!call?.[2]) return null;
  const given = parts(call[2]);
  const of = form.collections.find((c) => !c.sub_table && c.key === given[0]?.split(".")[0]);
  if (!of || (!call[1]?.endsWith("IF") && given.length > 1)) return null;
  const own = `${of.field} = ${id}`;
  const when = call[1]?.endsWith("IF") ? given[1] : undefined;
  return { form: of.form, filter: when ? `AND(${own}, ${when})` : own };
}
