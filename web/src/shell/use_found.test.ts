import { expect, test } from "vitest";
import type { Form } from "@/rooms/forms";
import { askedOf, hintOf, isEnough } from "./use_found";

const form = {
  key: "contact",
  label: "联系人",
  fields: [
    { key: "name", label: "姓名" },
    { key: "phone", label: "电话" },
  ],
} as unknown as Form;
const label = (of: { label: string }) => of.label;

test("a hint says what the record is, whom it is about and where the words stand", () => {
  const subject = { id: 1, label: "厦门屿岸" };
  expect(hintOf(form, { field: "phone", value: "0592-123", subject }, label)).toBe("联系人 · 厦门屿岸 · 电话 0592-123");
  expect(hintOf(form, { field: null, value: null, subject: null }, label)).toBe("联系人");
  expect(hintOf(form, { field: "secret", value: "7", subject: {} }, label)).toBe("联系人");
});

test("what is asked has whole characters and a length that the server takes", () => {
  expect(askedOf(`  ${"😀".repeat(200)}`)).toBe("😀".repeat(100));
  expect(() => encodeURIComponent(askedOf(`a${"😀".repeat(200)}`))).not.toThrow();
  expect(["a", "", "7", "屿", "ab", "😀"].map(isEnough)).toEqual([false, false, false, true, true, true]);
});
