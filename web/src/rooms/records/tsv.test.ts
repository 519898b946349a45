import { expect, it } from "vitest";
import type { Field } from "@/rooms/forms";
import { cellText, fromTsv, toTsv } from "./tsv";

it("reads what Excel copies: quoted cells with tabs, lines and quotes, an empty last line", () => {
  expect(fromTsv('a\tb\r\n"多\n行"\t"说""好"""\r\n')).toEqual([
    ["a", "b"],
    ["多\n行", '说"好"'],
  ]);
  expect(fromTsv("x")).toEqual([["x"]]);
  expect(fromTsv("a\tb\nc")).toEqual([
    ["a", "b"],
    ["c", ""],
  ]);
  expect(fromTsv("a\t\n\t")).toEqual([
    ["a", ""],
    ["", ""],
  ]);
  expect(fromTsv("a\n\nb")).toEqual([["a"], [""], ["b"]]);
});

it("gives back what it wrote", () => {
  const cells = [
    ["a\tb", "c\nd", 'e"f'],
    ["", '"', "12"],
  ];
  expect(fromTsv(toTsv(cells))).toEqual(cells);
});

it("writes values as an import reads them, and no formula", () => {
  const words = { yes: "是", no: "否", label: (o: { label: string }) => o.label };
  const field = (kind: string, more = {}) => ({ key: "x", label: "X", kind, ...more }) as Field;
  expect(cellText(field("percent"), "0.155", words)).toBe("15.5%");
  expect(cellText(field("money"), "-12.50", words)).toBe("-12.50");
  expect(cellText(field("select", { options: [{ key: "a", label: "甲" }] }), "a", words)).toBe("甲");
  expect(cellText(field("yes_no"), false, words)).toBe("否");
  expect(cellText(field("relation"), { id: 7, label: "厦门屿岸" }, words)).toBe("厦门屿岸");
  expect(cellText(field("text"), "=1+1", words)).toBe("'=1+1");
  expect(fromTsv("'=1+1")).toEqual([["=1+1"]]);
  expect(cellText(field("datetime"), "2026-11-21T09:00:00", words)).toBe("2026-11-21 09:00:00");
  expect(cellText(field("text"), null, words)).toBe("");
});

it("keeps a quote that is a letter of its cell, and takes a paste of any length", () => {
  expect(fromTsv('"重要"客户\t"未完\n5" 管\tb')).toEqual([
    ['"重要"客户', '"未完'],
    ['5" 管', "b"],
  ]);
  expect(fromTsv("x\n".repeat(300_000))).toHaveLength(300_000);
});
