import { expect, it } from "vitest";
import { EMPTY, faults, strength, toSetup } from "./setup_model";

const good = { ...EMPTY, name: "周予安", account: "zhou", password: "Pine-tree-2026", again: "Pine-tree-2026" };

it("does not leave the first step without name, account and password", () => {
  expect(Object.keys(faults(0, EMPTY))).toEqual(["name", "account", "password"]);
  expect(faults(0, good)).toEqual({});
});

it("refuses a password that is short, common or holds the account", () => {
  expect(strength("Short-1", "zhou").long).toBe(false);
  expect(strength("password2026!", "zhou").uncommon).toBe(false);
  expect(strength("Zhou-2026-green", "zhou").apart).toBe(false);
  expect(faults(0, { ...good, password: "Short-1", again: "Short-1" })).toEqual({ password: "password_weak" });
});

it("says when the second entry differs", () => {
  expect(faults(0, { ...good, again: "Pine-tree-2027" })).toEqual({ again: "password_differs" });
});

it("asks for the server's code when the server wants it", () => {
  expect(faults(0, good, true)).toEqual({ code: "missing" });
  expect(faults(0, { ...good, code: "7F3A-21BC" }, true)).toEqual({});
  expect(toSetup({ ...good, code: " 7F3A-21BC " }, "zh").code).toBe("7F3A-21BC");
});

it("asks for the company's name in the second step", () => {
  expect(faults(1, good)).toEqual({ company: "missing" });
});

it("sends trimmed values", () => {
  expect(toSetup({ ...good, company: " 禾泽软件 " }, "zh").company).toBe("禾泽软件");
});
