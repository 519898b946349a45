import { beforeEach, expect, it, vi } from "vitest";
import { forget, lay, lying, type Unsaved } from "./unsaved";

const store = new Map<string, string>();
beforeEach(() => {
  store.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => void store.set(key, value),
    removeItem: (key: string) => void store.delete(key),
  });
});

const drawn: Unsaved<{ label: string }> = {
  at: "2026-11-21T09:00:00Z",
  tree: { label: "new" },
  kept: [["deal", { label: "old" }]],
  drafts: [],
  inForce: ["deal"],
};

it("keeps what could not be saved for its author alone, until it is saved", () => {
  expect(lay("zhou", "form", "deal", drawn)).toBe(true);
  expect(lying("zhou", "form", "deal")).toEqual(drawn);
  expect([lying("su", "form", "deal"), lying("zhou", "form", "other"), lying("zhou", "role", "deal")]).toEqual([
    null,
    null,
    null,
  ]);
  forget("zhou", "form", "deal");
  expect(lying("zhou", "form", "deal")).toBeNull();
});

it("says so when this browser keeps nothing, and reads nothing that is damaged", () => {
  vi.stubGlobal("localStorage", {
    getItem: () => "{",
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  expect(lay("zhou", "form", "deal", drawn)).toBe(false);
  expect(lying("zhou", "form", "deal")).toBeNull();
});
