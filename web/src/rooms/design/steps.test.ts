import { expect, it } from "vitest";
import { amended, back, begun, forth, stepped } from "./steps";

it("undoes and redoes steps by their names", () => {
  const drawn = stepped(stepped(begun("a"), "add b", "ab"), "add c", "abc");
  expect(drawn.past.map((s) => s.name)).toEqual(["add b", "add c"]);
  const once = back(drawn);
  expect(once.now).toBe("ab");
  expect(once.next.map((s) => s.name)).toEqual(["add c"]);
  expect(forth(once).now).toBe("abc");
  expect(back(back(back(drawn))).now).toBe("a");
});

it("takes letters typed in one place within a moment as one step", () => {
  let steps = stepped(begun(""), "rename", "n", "label", 0);
  steps = stepped(steps, "rename", "na", "label", 300);
  expect(back(steps).now).toBe("");
  steps = stepped(steps, "rename", "nam", "label", 9000);
  expect(back(steps).now).toBe("na");
  steps = stepped(steps, "note", "name!", "note", 9100);
  expect(back(steps).now).toBe("nam");
});

it("forgets what was undone once something else is drawn", () => {
  const steps = stepped(back(stepped(begun(1), "two", 2)), "three", 3);
  expect([steps.now, steps.next, forth(steps).now]).toEqual([3, [], 3]);
});

it("amends every step there was without making one", () => {
  const steps = amended(stepped(begun("a"), "add b", "ab"), (text) => text.replace("a", "x"));
  expect([steps.now, steps.past.length, back(steps).now]).toEqual(["xb", 1, "x"]);
});
