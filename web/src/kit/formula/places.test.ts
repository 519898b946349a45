import { expect, it } from "vitest";
import { characters, units } from "./places";

it("finds a place behind an emoji for the server and back", () => {
  const text = '[⚡🔥风险] = "高"';
  const name = text.indexOf("风");
  expect(characters(text, name)).toBe(3);
  expect(units(text, 3)).toBe(name);
  expect(units(text, 999)).toBe(text.length);
});
