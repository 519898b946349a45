import { describe, expect, it } from "vitest";
import type { Foreseen, Place, Standing } from "./migration_api";
import { changeKinds, choose, chooseAll, chosen, counts, NONE, proposed } from "./migration_model";

const place = (key: string, more: Partial<Place> = {}): Place => ({
  key,
  label: key,
  label_en: "",
  kind: "task",
  version: 1,
  here: 1,
  verdict: "choose",
  why: "gone",
  options: ["seal", "finance"],
  proposed: "seal",
  changes: [],
  ...more,
});
const standing = (instance: number, key: string): Standing => ({
  ...place(key),
  instance,
  record_id: instance,
  title: null,
});
const found = (more: Partial<Foreseen> = {}): Foreseen => ({
  form: "contract",
  to: 13,
  open: 37,
  moves: 32,
  choose: 3,
  cannot: 2,
  suspended: 0,
  nodes: [place("extra", { here: 3 })],
  ask: [standing(1, "extra"), standing(2, "extra"), standing(3, "extra")],
  stay: [standing(8, "odd"), standing(9, "odd")],
  options: {},
  ...more,
});

describe("how many go", () => {
  it("nothing chosen is a valid answer: only those go that simply move", () => {
    expect(counts(found(), NONE)).toEqual({ going: 32, open: 3, stays: 0, cannot: 2 });
  });
  it("a choice for a step counts for all, one for an instance before it", () => {
    const all = chooseAll(NONE, "extra", "seal");
    expect(counts(found(), all)).toEqual({ going: 35, open: 0, stays: 0, cannot: 2 });
    const one = choose(all, standing(2, "extra"), "");
    expect(counts(found(), one)).toEqual({ going: 34, open: 0, stays: 1, cannot: 2 });
    expect(chosen(found(), one)).toEqual({
      to: 13,
      choices: { extra: "seal" },
      own: [{ instance: 2, node: "extra", target: "" }],
    });
    expect(counts(found(), chooseAll(one, "extra", "finance")).stays).toBe(0);
  });
  it("an instance that stands at two places needs both answers", () => {
    const two = found({
      choose: 1,
      nodes: [place("extra"), place("more")],
      ask: [standing(1, "extra"), standing(1, "more")],
    });
    expect(counts(two, chooseAll(NONE, "extra", "seal")).open).toBe(1);
    expect(counts(two, proposed(two.nodes)).going).toBe(33);
  });
  it("those beyond the list follow the choice for their step", () => {
    const many = found({ choose: 500 });
    expect(counts(many, proposed(many.nodes)).going).toBe(532);
    expect(counts(many, NONE).open).toBe(500);
  });
});

it("what differs at a step is told in kinds, each once", () => {
  expect(changeKinds(["next", "outcomes", "fill", "unheard_of"])).toEqual(["way", "asks", "other"]);
});
