import { beforeEach, describe, expect, it, vi } from "vitest";
import { dropDraft, givenAt, keepDraft, keptDraft } from "./record_model";
import { rememberColumns, rememberedColumns } from "./remembered";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

describe("what is typed and not saved", () => {
  const mine = { account: "lin", form: "contract", id: 7 };
  it("is kept with the version it began from, for this person and record only", () => {
    keepDraft(mine, 3, { amount: "12万" });
    expect(keptDraft(mine)).toMatchObject({ version: 3, edits: { amount: "12万" } });
    expect(keptDraft({ ...mine, account: "tang" })).toBeNull();
    expect(keptDraft({ ...mine, id: 8 })).toBeNull();
    expect(keptDraft({ ...mine, id: null })).toBeNull();
  });
  it("is kept apart for each customer at whose page it was typed", () => {
    const at = (id: number) => ({ ...mine, id: null, at: givenAt({ customer: { id, label: "甲" } }) });
    keepDraft(at(1), 0, { customer: { id: 1, label: "甲" }, amount: "1" });
    keepDraft(at(2), 0, { amount: "2" });
    expect(keptDraft(at(1))?.edits.amount).toBe("1");
    expect(keptDraft({ ...mine, id: null })).toBeNull();
    expect(givenAt({})).toBe("");
  });
  it("is gone once saved, dropped or emptied", () => {
    keepDraft(mine, 3, { amount: "1" });
    dropDraft(mine);
    expect(keptDraft(mine)).toBeNull();
    keepDraft(mine, 3, { amount: "1" });
    keepDraft(mine, 3, {});
    expect(keptDraft(mine)).toBeNull();
  });
});

describe("columns", () => {
  it("stay chosen per person and form until the usual ones are asked for again", () => {
    rememberColumns("lin", "contract", ["number", "customer.health_score"]);
    expect(rememberedColumns("lin", "contract")).toEqual(["number", "customer.health_score"]);
    expect(rememberedColumns("tang", "contract")).toEqual([]);
    rememberColumns("lin", "contract", null);
    expect(rememberedColumns("lin", "contract")).toEqual([]);
  });
});
