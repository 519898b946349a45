import { expect, it } from "vitest";
import { inside, moved, one, rect, spread } from "./range";

it("reaches further with Shift, moves without, and stays in the list", () => {
  const grown = moved(moved(one(2, 1), "ArrowUp", true, 10, 4), "ArrowRight", true, 10, 4);
  expect(rect(grown)).toEqual({ top: 1, bottom: 2, left: 1, right: 2 });
  expect(inside(rect(grown), 1, 2)).toBe(true);
  expect(inside(rect(grown), 3, 1)).toBe(false);
  expect(moved(grown, "ArrowLeft", false, 10, 4)).toEqual(one(1, 1));
  expect(moved(one(0, 0), "ArrowUp", true, 10, 4)).toEqual(one(0, 0));
  expect(moved(one(9, 3), "ArrowDown", false, 10, 4)).toEqual(one(9, 3));
});

it("pastes from the upper left corner, cuts what stands beyond the list, and fills a range with one cell", () => {
  const at = { top: 8, bottom: 8, left: 1, right: 1 };
  expect(
    spread(
      [
        ["a", "b"],
        ["c", "d"],
        ["e", "f"],
      ],
      at,
      10,
      4,
    ),
  ).toEqual({
    at: { top: 8, bottom: 9, left: 1, right: 2 },
    cells: [
      ["a", "b"],
      ["c", "d"],
    ],
    cut: 2,
  });
  const filled = spread([["x"]], { top: 0, bottom: 1, left: 0, right: 1 }, 10, 4);
  expect(filled.cells).toEqual([
    ["x", "x"],
    ["x", "x"],
  ]);
  expect(filled.cut).toBe(0);
});
