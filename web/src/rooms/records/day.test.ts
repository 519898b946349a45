import { expect, test } from "vitest";
import { dayOf } from "./day";

test("the same text is the same day, so that a picker that is drawn again keeps what is typed", () => {
  expect(dayOf("2027-05-21")).toBe(dayOf("2027-05-21"));
  expect(dayOf("2027-05-21")?.format("YYYY-MM-DD")).toBe("2027-05-21");
  expect(dayOf("2027-05-22")).not.toBe(dayOf("2027-05-21"));
});

test("no text is no day", () => {
  expect([dayOf(""), dayOf(null), dayOf(undefined)]).toEqual([null, null, null]);
});
