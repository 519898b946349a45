/** Who gets a message: contacts of a record, whom of them first, and at which address on each channel. Pure. */

export interface AudienceTree {
  audience: string;
  label: string;
  label_en?: string;
  /** of the contacts */
  form: string;
  /** the contacts' field that names whom they belong to */
  relation: string;
  /** the record's field that names the same */
  of: string;
  name: string;
  /** of the mail */
  address: string;
  addresses?: Record<string, string>;
  when?: string;
  prefer?: string[];
  language?: string;
}

/** The formula of the address on a channel; the mail's stands by itself. */
export const addressOf = (tree: AudienceTree, channel: string) =>
  channel === "mail" ? tree.address : (tree.addresses?.[channel] ?? "");

export function addressed(tree: AudienceTree, channel: string, formula: string): AudienceTree {
  if (channel === "mail") return { ...tree, address: formula };
  const { [channel]: _, ...others } = tree.addresses ?? {};
  const addresses = formula ? { ...others, [channel]: formula } : others;
  const { addresses: __, ...rest } = tree;
  return Object.keys(addresses).length ? { ...rest, addresses } : rest;
}

/** Without a preference that says nothing. */
export function preferred(tree: AudienceTree, at: number, text: string | null): AudienceTree {
  const prefer = [...(tree.prefer ?? [])];
  if (text === null) prefer.splice(at, 1);
  else prefer[at] = text;
  const { prefer: _, ...rest } = tree;
  return prefer.length ? { ...rest, prefer } : rest;
}

/** Fields of the contacts that hold such an address. */
export const KINDS: Record<string, readonly string[]> = {
  mail: ["mail"],
  sms: ["phone"],
  dingtalk: ["text"],
  wecom: ["text"],
  feishu: ["text"],
};
