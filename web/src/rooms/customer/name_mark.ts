/** The sign of a company on its tile: pure. */

const LEGAL = /(公司|集团|事务所|研究院|合作社)$/;

/** A registered name begins with its place (厦门, 深圳市); what follows is what the company is called by. */
export function markOf(name: string): string {
  const plain = name.trim();
  if (!/[\u4e00-\u9fff]/.test(plain)) return plain.slice(0, 1).toUpperCase();
  if (!LEGAL.test(plain) || plain.length < 8) return plain.slice(0, 1);
  return plain[/^..[市省县]/.test(plain) ? 3 : 2] ?? "";
}
