import { expect, test } from "vitest";
import type { Index } from "./api";
import { keyOf, reasonOf, size, unused } from "./model";

test("sizes have three digits at most", () => {
  expect([0, 900, 1536, 150 * 1024, 5 * 1024 ** 3].map(size)).toEqual(["0 B", "900 B", "1.5 KB", "150 KB", "5 GB"]);
});

test("a key is a field and its direction", () => {
  expect(keyOf("order:name")).toEqual({ path: "name", down: false });
  expect(keyOf("-amount")).toEqual({ path: "amount", down: true });
});

test("a build that failed has a reason in words", () => {
  const said = ['could not extend file "base/1/2": No space left on device', "out of memory", "division by zero"];
  expect(said.map(reasonOf)).toEqual(["disk", "memory", "other"]);
});

test("unused is what nobody wants or nothing asked", () => {
  const one = { state: "ready", reasons: [{ why: "view", label: "x" }], used: 3 } as Index;
  expect(
    [one, { ...one, used: 0 }, { ...one, reasons: [] }, { ...one, state: "waiting" as const, used: 0 }].map(unused),
  ).toEqual([false, true, true, false]);
});
