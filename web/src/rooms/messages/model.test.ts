import { expect, it } from "vitest";
import { acts, adds, masked, standing } from "./model";

it("tells a held message from one that waits its turn and one that tries again", () => {
  expect(standing({ state: "queued", held: true, why: null })).toBe("held");
  expect(standing({ state: "queued", held: false, why: null })).toBe("queued");
  expect(standing({ state: "queued", held: false, why: "retry" })).toBe("retry");
});

it("lets only an uncertain message count as delivered, and nothing that left be cancelled", () => {
  expect(acts("uncertain")).toContain("arrived");
  expect(acts("failed")).not.toContain("arrived");
  expect(acts("sent")).toEqual([]);
});

it("adds up what a release would do", () => {
  expect(adds({ waiting: 86, expired: 4, merged: 3, leaving: 77, later: 2, unaddressed: 2 })).toBe(true);
  expect(adds({ waiting: 86, expired: 4, merged: 3, leaving: 77, later: 0, unaddressed: 2 })).toBe(false);
});

it("hides the middle of an address", () => {
  expect(masked("heyu@example.com")).toBe("he***@example.com");
  expect(masked("a@b.cn")).toBe("a***@b.cn");
  expect(masked(null)).toBe("");
});
