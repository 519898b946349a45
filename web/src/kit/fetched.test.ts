import { createElement } from "react";
import { expect, it } from "vitest";
import { Fetched } from "./fetched";
import { Failure, Lines, NotRefreshed } from "./states";

const none = createElement("p");
const list = createElement("ul");
const shown = (asked: { isError?: boolean; data?: string[] }) =>
  Fetched<string[]>({
    of: { isError: false, error: null, data: undefined, refetch: () => undefined, ...asked },
    rows: 3,
    none: asked.data?.length === 0 && none,
    children: () => list,
  });

it("keeps the height of what will come, then shows what came", () => {
  expect(shown({})).toMatchObject({ type: Lines, props: { rows: 3 } });
  expect(shown({ data: ["a"] })).toBe(list);
});

it("says that there is nothing instead of an empty list", () => {
  expect(shown({ data: [] })).toBe(none);
});

it("tells of a failure, and keeps what was there before it", () => {
  expect(shown({ isError: true })).toMatchObject({ type: Failure });
  expect(shown({ isError: true, data: ["a"] })).toMatchObject({
    props: { children: [{ type: NotRefreshed }, list] },
  });
});
