import { expect, it } from "vitest";
import type { Department } from "./api";
import { below, branches, freeKey } from "./tree";

const unit = (id: number, parent_id: number | null): Department => ({
  id,
  key: `k${id}`,
  name: `部${id}`,
  parent_id,
  head_id: null,
  active: true,
});
const all = [unit(1, null), unit(2, 1), unit(3, null), unit(4, 2)];

it("puts children below their parent", () => {
  expect(branches(all).map((b) => [b.department.id, b.depth])).toEqual([
    [1, 0],
    [2, 1],
    [4, 2],
    [3, 0],
  ]);
});

it("shows a department whose parent is gone at the top", () => {
  expect(branches([unit(5, 9)]).map((b) => b.depth)).toEqual([0]);
});

it("takes a department with all below it", () => {
  expect([...below(all, 1)]).toEqual([1, 2, 4]);
});

it("finds a key that is free", () => {
  expect(freeKey(all, "East Team")).toBe("east_team");
  expect(freeKey([{ ...unit(1, null), key: "department" }], "华东一部")).toBe("department_2");
});
