import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const here = new URL(".", import.meta.url).pathname;
const load = (language: string): Record<string, Record<string, string>> =>
  Object.fromEntries(
    readdirSync(join(here, language)).map((file) => [
      file.replace(".json", ""),
      JSON.parse(readFileSync(join(here, language, file), "utf8")) as Record<string, string>,
    ]),
  );
const zh = load("zh");
const en = load("en");
const bare = (key: string) => key.replace(/_(one|other)$/, "");
const keysOf = (files: typeof zh) =>
  new Set(Object.entries(files).flatMap(([room, texts]) => Object.keys(texts).map((k) => `${room}:${bare(k)}`)));

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(name) && !/\.test\./.test(name) ? [readFileSync(path, "utf8")] : [];
  });
}

it("has every text in both languages", () => {
  const [chinese, english] = [keysOf(zh), keysOf(en)];
  expect([...chinese].filter((k) => !english.has(k))).toEqual([]);
  expect([...english].filter((k) => !chinese.has(k))).toEqual([]);
});

it("names the same values in both languages", () => {
  const values = (text: string) =>
    [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).filter((n) => n !== "noun" && n !== "label");
  for (const [room, texts] of Object.entries(zh)) {
    for (const [key, text] of Object.entries(texts)) {
      const other = en[room]?.[key] ?? en[room]?.[`${bare(key)}_other`] ?? "";
      expect([`${room}:${key}`, new Set(values(other))]).toEqual([`${room}:${key}`, new Set(values(text))]);
    }
  }
});

it("has a text for every key that the sources name", () => {
  const known = keysOf(zh);
  const missing: string[] = [];
  for (const source of sources(join(here, ".."))) {
    for (const [, key = ""] of source.matchAll(/\bt\(\s*"([^"]+)"/g)) {
      const full = key.includes(":") ? key : `common:${key}`;
      if (!known.has(full)) missing.push(full);
    }
    // t(`tasks:pile_${x}`): at least one key begins like it
    for (const [, head = ""] of source.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)) {
      const full = head.includes(":") ? head : `common:${head}`;
      if (![...known].some((k) => k.startsWith(full))) missing.push(`${full}…`);
    }
  }
  expect(missing).toEqual([]);
});

it("writes Chinese as Chinese: no half-width marks between characters, no exclamation marks, no 您", () => {
  const bad: string[] = [];
  for (const [room, texts] of Object.entries(zh))
    for (const [key, text] of Object.entries(texts))
      if (/[\u4e00-\u9fff][,;:?!]|[！!]|您/.test(text)) bad.push(`${room}:${key} ${text}`);
  expect(bad).toEqual([]);
});
