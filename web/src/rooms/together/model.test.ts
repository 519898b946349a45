import { expect, it } from "vitest";
import { compare, named, pieces } from "./model";

const row = (id: number, amount: string, version = 1) => ({ id, amount, version });

it("finds nothing new where only the version differs", () => {
  expect(compare([row(1, "5")], [row(1, "5", 2)])).toEqual({ moved: false, count: 0, cells: new Map() });
});

it("names the cells that changed in rows that stayed", () => {
  const news = compare([row(1, "5"), row(2, "6")], [row(1, "7"), row(2, "6")]);
  expect([news.moved, news.count, news.cells.get(1)]).toEqual([false, 1, ["amount"]]);
});

it("counts a row that came once, though it pushes another over the end", () => {
  expect(compare([row(1, "1"), row(2, "2")], [row(3, "3"), row(1, "1")])).toMatchObject({ moved: true, count: 1 });
  expect(compare([row(1, "1"), row(2, "2")], [row(2, "2")])).toMatchObject({ moved: true, count: 1 });
});

it("sees that rows changed places without one cell having changed", () => {
  expect(compare([row(1, "1"), row(2, "2")], [row(2, "2"), row(1, "1")])).toMatchObject({ moved: true, count: 1 });
});

const people = [
  { id: 1, name: "梅" },
  { id: 2, name: "梅雨" },
  { id: 3, name: "刘瑾" },
  { id: 4, name: "刘瑾" },
];

it("takes the longest name behind an @", () => {
  expect(pieces("请@梅雨看，@梅 也看 a@b", people)).toEqual(["请", people[1], "看，", people[0], " 也看 a@b"]);
  expect(named("@梅雨看", people, new Set())).toEqual([2]);
});

it("asks which of two with one name is meant", () => {
  expect(named("@刘瑾", people, new Set())).toEqual([]);
  expect(named("@刘瑾", people, new Set([4]))).toEqual([4]);
  expect(named("谁都没有", people, new Set([4]))).toEqual([]);
});
