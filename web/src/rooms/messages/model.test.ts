import { expect, it } from "vitest";
import { acts, adds, askedOf, cancellable, lettable, masked, moved, narrowed, standing, told } from "./model";

it("tells a held message from one that waits its turn, one that tries again and one in quiet hours", () => {
  expect(standing({ state: "queued", held: true, why: null })).toBe("held");
  expect(standing({ state: "queued", held: false, why: null })).toBe("queued");
  expect(standing({ state: "queued", held: false, why: "retry" })).toBe("retry");
  expect(standing({ state: "queued", held: false, why: "quiet" })).toBe("quiet");
  expect(standing({ state: "bounced", why: null })).toBe("bounced");
});

it("lets only an uncertain message count as delivered, and nothing that left be cancelled", () => {
  expect(acts({ state: "uncertain" })).toContain("arrived");
  expect(acts({ state: "failed" })).not.toContain("arrived");
  expect(acts({ state: "sent" })).toEqual(["resend"]);
  expect(acts({ state: "merged" })).toEqual([]);
});

it("sends one alone only while it is held", () => {
  expect(acts({ state: "queued", held: true })).toContain("alone");
  expect(acts({ state: "queued", held: false })).not.toContain("alone");
  const rows = [
    { id: 1, state: "queued" as const, held: true },
    { id: 2, state: "queued" as const, held: false },
    { id: 3, state: "sent" as const, held: false },
  ];
  expect(lettable(rows)).toEqual([1]);
  expect(cancellable(rows)).toEqual([1, 2]);
});

it("adds up what a release would do, and leaves out what is nothing", () => {
  const sum = { waiting: 86, expired: 4, gone: 0, opted_out: 0, merged: 3, leaving: 77, later: 2 };
  expect(adds(sum)).toBe(true);
  expect(adds({ ...sum, later: 0 })).toBe(false);
  expect(told(sum)).toEqual(["expired", "later", "merged"]);
});

it("hides the middle of an address", () => {
  expect(masked("heyu@example.com")).toBe("he***@example.com");
  expect(masked("a@b.cn")).toBe("a***@b.cn");
  expect(masked("13812348888")).toBe("138****8888");
  expect(masked("lin.xt")).toBe("lin.xt");
  expect(masked(null)).toBe("");
});

it("reads from the address what the list is narrowed by", () => {
  const tabs = ["all", "held"] as const;
  expect(askedOf(new URLSearchParams("tab=held&channel=sms&customer=7"), tabs)).toEqual({
    tab: "held",
    channel: "sms",
    customer: 7,
  });
  expect(askedOf(new URLSearchParams("tab=no&customer=x"), tabs)).toEqual({ tab: "all" });
  expect(narrowed({ tab: "held" })).toBe(false);
  expect(narrowed({ tab: "all", day: "2026-11-20" })).toBe(true);
});

it("moves a channel in the order in which they are tried", () => {
  expect(moved(["mail", "sms"], 1, -1)).toEqual(["sms", "mail"]);
  expect(moved(["mail", "sms"], 0, -1)).toEqual(["mail", "sms"]);
});
