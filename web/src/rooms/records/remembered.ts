/** What a person chose for a list stays chosen in this browser; a link that names columns wins. */
const key = (account: string, form: string) => `perennial.columns.${account}.${form}`;

export function rememberedColumns(account: string, form: string): string[] {
  return (localStorage.getItem(key(account, form)) ?? "").split(",").filter(Boolean);
}

export function rememberColumns(account: string, form: string, columns: readonly string[] | null): void {
  if (columns === null) localStorage.removeItem(key(account, form));
  else localStorage.setItem(key(account, form), columns.join(","));
}
