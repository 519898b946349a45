import { expect, it } from "vitest";
import type { Field } from "@/rooms/forms";
import { after, shownText } from "./inline_model";

const rows = [{ id: 7 }, { id: 9 }];
const paths = ["status", "amount"];

it("goes down in the column, right into the next row and left into the one before, and stops at the ends", () => {
  expect(after({ row: 7, path: "amount" }, "down", rows, paths)).toEqual({ row: 9, path: "amount" });
  expect(after({ row: 9, path: "amount" }, "down", rows, paths)).toBeNull();
  expect(after({ row: 7, path: "status" }, "right", rows, paths)).toEqual({ row: 7, path: "amount" });
  expect(after({ row: 7, path: "amount" }, "right", rows, paths)).toEqual({ row: 9, path: "status" });
  expect(after({ row: 9, path: "status" }, "left", rows, paths)).toEqual({ row: 7, path: "amount" });
  expect(after({ row: 7, path: "status" }, "left", rows, paths)).toBeNull();
  expect(after({ row: 9, path: "amount" }, "right", rows, paths)).toBeNull();
  expect(after({ row: 8, path: "status" }, "down", rows, paths)).toBeNull();
});

it("shows a rate as a percentage, an amount as its digits, blank as nothing", () => {
  const field = (kind: Field["kind"]): Field => ({ key: "x", label: "x", kind });
  expect(shownText(field("percent"), "0.125")).toBe("12.5%");
  expect(shownText(field("percent"), "1")).toBe("100%");
  expect(shownText(field("percent"), "-0.05")).toBe("-5%");
  expect(shownText(field("money"), "1200.50")).toBe("1200.50");
  expect(shownText(field("text"), null)).toBe("");
});
