import type { Chosen, Foreseen, Place, Standing } from "./migration_api";

/** What somebody has chosen: per step, and for single instances (`instance:step`) before that. '' stays. */
export interface Choices {
  all: Record<string, string>;
  own: Record<string, string>;
}
export const NONE: Choices = { all: {}, own: {} };

const at = (one: Standing) => `${one.instance}:${one.key}`;
export const chosenFor = (choices: Choices, one: Standing): string | undefined =>
  choices.own[at(one)] ?? choices.all[one.key];
export const choose = (choices: Choices, one: Standing, target: string): Choices => ({
  ...choices,
  own: { ...choices.own, [at(one)]: target },
});
/** For everybody at a step; what was chosen for single ones there gives way. */
export const chooseAll = (choices: Choices, key: string, target: string): Choices => ({
  all: { ...choices.all, [key]: target },
  own: Object.fromEntries(Object.entries(choices.own).filter(([place]) => !place.endsWith(`:${key}`))),
});
/** Everything as proposed; a step without a proposal stays open. */
export const proposed = (places: readonly Place[]): Choices => ({
  all: Object.fromEntries(places.filter((p) => p.proposed).map((p) => [p.key, p.proposed])),
  own: {},
});

/** How many would go, have no answer yet, stay by choice, and cannot. */
export function counts(found: Foreseen, choices: Choices) {
  const cannot = new Set(found.stay.map((one) => one.instance));
  const asked = new Map<number, Standing[]>();
  for (const one of found.ask) {
    if (!cannot.has(one.instance)) asked.set(one.instance, [...(asked.get(one.instance) ?? []), one]);
  }
  let going = 0;
  let stays = 0;
  for (const rows of asked.values()) {
    const targets = rows.map((one) => chosenFor(choices, one));
    if (targets.some((target) => target === "")) stays += 1;
    else if (targets.every((target) => target !== undefined)) going += 1;
  }
  // those that are not listed one by one follow what was chosen for all at their steps
  const unlisted = Math.max(0, found.choose - asked.size);
  const places = found.nodes.filter((p) => p.verdict === "choose").map((p) => choices.all[p.key]);
  if (places.every((target) => target)) going += unlisted;
  else if (places.every((target) => target !== undefined)) stays += unlisted;
  const open = found.choose - going - stays;
  return { going: found.moves + going, open, stays, cannot: found.cannot };
}

export function chosen(found: Foreseen, choices: Choices): Chosen {
  const own = found.ask.flatMap((one) => {
    const target = choices.own[at(one)];
    return target === undefined ? [] : [{ instance: one.instance, node: one.key, target }];
  });
  return { to: found.to ?? 0, choices: choices.all, own };
}

const WORDS: Record<string, string> = {
  next: "way",
  otherwise: "way",
  cases: "way",
  branches: "way",
  on_limit: "way",
  on_timeout: "way",
  approved: "way",
  rejected: "way",
  until: "moment",
  at: "moment",
  lasting: "moment",
  unit: "moment",
  limit: "moment",
  timeout: "moment",
  met: "moment",
  fill: "asks",
  outcomes: "asks",
  fields: "asks",
  title: "asks",
  who: "who",
  due_workdays: "due",
  priority: "due",
};
/** What is different at a step, in kinds that have words. */
export const changeKinds = (changes: readonly string[]): string[] => [
  ...new Set(changes.map((name) => WORDS[name] ?? "other")),
];
