/** A template as it is drawn: what it says on each channel, in each language. Pure. */

export const CHANNELS = ["mail", "sms", "dingtalk", "wecom", "feishu", "webhook"] as const;
/** also one's own people, in the application */
export const HEARD_BY = ["in_app", ...CHANNELS] as const;
export type Channel = (typeof HEARD_BY)[number];
export const LANGUAGES = ["zh", "en"] as const;

/** Where words stand that a template has besides its mail. */
export interface TextTree {
  channel?: string;
  language?: string;
  subject?: string;
  body?: string;
  line?: string;
  code?: string;
  /** what goes into the gaps of the vendor's template, in its order */
  params?: Param[] | Record<string, string>;
}
export interface Param {
  name: string;
  value: string;
}
export const paramsOf = ({ params = [] }: TextTree): Param[] =>
  Array.isArray(params) ? params : Object.entries(params).map(([name, value]) => ({ name, value }));
export interface TemplateTree {
  template: string;
  label: string;
  label_en?: string;
  form: string;
  kind?: string;
  subject: string;
  body: string;
  line?: string;
  channels?: string[];
  texts?: TextTree[];
}

/** One place with words of its own; `at` in `texts`, -1: the template's own, which are its mail. */
export interface Variant {
  channel: string;
  language: string;
  at: number;
}
export type Place = "subject" | "body" | "line" | "code";

/** Words for a channel, or a language, that stand in `texts`; the mail's own first. */
export function variants(tree: TemplateTree): Variant[] {
  const others = (tree.texts ?? []).map((one, at) => ({
    channel: one.channel || "mail",
    language: one.language || "zh",
    at,
  }));
  const order = (one: Variant) => (one.at < 0 ? -1 : HEARD_BY.indexOf(one.channel as Channel));
  return [{ channel: "mail", language: "zh", at: -1 }, ...others].sort((a, b) => order(a) - order(b) || a.at - b.at);
}

export const same = (a: Variant, b: Pick<Variant, "channel" | "language">) =>
  a.channel === b.channel && a.language === b.language;

/** Channels and languages that have no words of their own yet. */
export function lacking(tree: TemplateTree): { channel: string; language: string }[] {
  const there = variants(tree);
  return CHANNELS.flatMap((channel) => LANGUAGES.map((language) => ({ channel, language }))).filter(
    (one) => one.channel !== "webhook" && !there.some((known) => same(known, one)),
  );
}

/** What stands in one place; its subject, body and line are the mail's where they are blank. */
export const wordsOf = (tree: TemplateTree, variant: Variant): TextTree =>
  variant.at < 0 ? tree : (tree.texts?.[variant.at] ?? {});

/** A blank attribute is none, but for what every template has. */
export function put(tree: TemplateTree, variant: Variant, values: Partial<TextTree>): TemplateTree {
  if (variant.at < 0) return tidied({ ...tree, ...values } as TemplateTree);
  const texts = (tree.texts ?? []).map((one, at) => (at === variant.at ? bare({ ...one, ...values }) : one));
  return { ...tree, texts };
}

/** Without attributes that say nothing. */
export function tidied(tree: TemplateTree): TemplateTree {
  const always = ["label", "subject", "body"];
  const kept = Object.entries(tree).filter(([name, value]) => always.includes(name) || !blank(value));
  return Object.fromEntries(kept) as unknown as TemplateTree;
}
const bare = (one: TextTree): TextTree =>
  Object.fromEntries(Object.entries(one).filter(([, value]) => !blank(value))) as TextTree;
const blank = (value: unknown) =>
  value === undefined || value === "" || (Array.isArray(value) && value.length === 0) || isEmpty(value);
const isEmpty = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** With words of its own for a channel and language: those of the mail to begin with, in one line for an SMS. */
export function added(tree: TemplateTree, channel: string, language: string): { tree: TemplateTree; variant: Variant } {
  const sms = channel === "sms";
  const first = tree.line || tree.subject;
  const made: TextTree = bare({
    ...(channel === "mail" ? {} : { channel }),
    ...(language === "zh" ? {} : { language }),
    ...(sms ? { body: first } : { subject: tree.subject, body: tree.body, line: tree.line ?? "" }),
  });
  const channels = tree.channels ?? ["mail"];
  const texts = [...(tree.texts ?? []), made];
  return {
    tree: { ...tree, texts, channels: channels.includes(channel) ? channels : [...channels, channel] },
    variant: { channel, language, at: texts.length - 1 },
  };
}

/** Without one place; an SMS that says nothing any longer is no channel of it. */
export function removed(tree: TemplateTree, variant: Variant): TemplateTree {
  const texts = (tree.texts ?? []).filter((_, at) => at !== variant.at);
  const mute = variant.channel === "sms" && !texts.some((one) => one.channel === "sms");
  const channels = (tree.channels ?? ["mail"]).filter((one) => !mute || one !== "sms");
  return tidied({ ...tree, texts, channels });
}

/** On or off; in the order in which they are tried. */
export function heardBy(tree: TemplateTree, channel: string, on: boolean): TemplateTree {
  const now = tree.channels ?? ["mail"];
  const next = HEARD_BY.filter((one) => (one === channel ? on : now.includes(one)));
  return { ...tree, channels: [...next] };
}

const PLACEHOLDER = /\{\{\s*([\s\S]+?)\s*\}\}/g;

/** The placeholders of a text, each once. */
export const placeholders = (text: string): string[] => [
  ...new Set([...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name)),
];

/** The formula that the cursor stands in, and where it begins; null outside of a placeholder. */
export function openAt(text: string, cursor: number): { from: number; text: string; at: number } | null {
  const open = text.lastIndexOf("{{", cursor - 1);
  if (open < 0 || cursor < open + 2) return null;
  const closed = text.indexOf("}}", open + 2);
  if (closed >= 0 && closed < cursor) return null;
  const lineEnd = text.indexOf("\n", open);
  const end = closed >= 0 ? closed : lineEnd >= 0 ? lineEnd : text.length;
  if (cursor > end) return null;
  return { from: open + 2, text: text.slice(open + 2, end), at: cursor - open - 2 };
}

/** Two versions, place by place, where they differ. */
export interface Changed {
  channel: string;
  language: string;
  place: string;
  before: string;
  after: string;
}
export function changed(before: TemplateTree, after: TemplateTree): Changed[] {
  const flat = (tree: TemplateTree) =>
    new Map(
      variants(tree).flatMap((variant) => {
        const words = wordsOf(tree, variant);
        const at = `${variant.channel}|${variant.language}|`;
        const own = (["subject", "body", "line", "code"] as const).map((place) => [at + place, words[place] ?? ""]);
        return [...own, ...paramsOf(words).map(({ name, value }) => [`${at}params.${name}`, value])] as [
          string,
          string,
        ][];
      }),
    );
  const [old, now] = [flat(before), flat(after)];
  const found = [...new Set([...old.keys(), ...now.keys()])].filter(
    (at) => (old.get(at) ?? "") !== (now.get(at) ?? ""),
  );
  return found.map((at) => {
    const [channel = "", language = "", place = ""] = at.split("|");
    return { channel, language, place, before: old.get(at) ?? "", after: now.get(at) ?? "" };
  });
}

/** Where in the tree something is wrong: the place that a problem's path names. */
export function placeOf(tree: TemplateTree, path: string): { variant: Variant; place: string } | null {
  const inTexts = /^texts\[(\d+)\]\.?(.*)$/.exec(path);
  const own: Variant = { channel: "mail", language: "zh", at: -1 };
  if (!inTexts) return ["subject", "body", "line"].includes(path) ? { variant: own, place: path } : null;
  const variant = variants(tree).find((one) => one.at === Number(inTexts[1]));
  return variant ? { variant, place: inTexts[2] || "body" } : null;
}
