import { expect, it } from "vitest";
import { among, dayAfter, daysOf, shiftMonth } from "./calendar_model";

it("shows whole weeks from Monday", () => {
  const november = daysOf("2026-11-21", "month"); // the 1st is a Sunday, the 30th a Monday
  expect([november[0], november.at(-1), november.length]).toEqual(["2026-10-26", "2026-12-06", 42]);
  expect(daysOf("2027-02-10", "month").length).toBe(28); // from Monday the 1st to Sunday the 28th
  expect(daysOf("2026-11-22", "week")).toEqual([
    "2026-11-16",
    "2026-11-17",
    "2026-11-18",
    "2026-11-19",
    "2026-11-20",
    "2026-11-21",
    "2026-11-22",
  ]);
  expect(daysOf("2026-12-31", "month").at(-1)).toBe("2027-01-03");
});

it("keeps the day in another month, or takes its last", () => {
  expect(shiftMonth("2026-01-31", 1)).toBe("2026-02-28");
  expect(shiftMonth("2028-01-31", 1)).toBe("2028-02-29");
  expect(shiftMonth("2026-01-15", -1)).toBe("2025-12-15");
  expect(shiftMonth("2026-12-31", 1)).toBe("2027-01-31");
});

it("goes by days, weeks and months with the keys, and asks for both ends", () => {
  expect(dayAfter("ArrowRight", "2026-12-31")).toBe("2027-01-01");
  expect(dayAfter("ArrowUp", "2026-11-03")).toBe("2026-10-27");
  expect(dayAfter("PageDown", "2026-10-31")).toBe("2026-11-30");
  expect(dayAfter("x", "2026-10-31")).toBeNull();
  expect(among("end_date", ["2026-11-01", "2026-12-06"])).toBe(
    "AND(end_date >= DATE(2026, 11, 1), end_date <= DATE(2026, 12, 6))",
  );
});
