import { describe, expect, it } from "vitest";
import { same } from "./record_model";
import { asValue, isPicture, sent } from "./special_model";

const paper = { file: 7, name: "a.pdf", type: "application/pdf", size: 10 };
const other = { file: 8, name: "b.pdf" };

describe("values that are more than a text", () => {
  it("travel as the ids of what they name", () => {
    expect(sent([paper, other])).toEqual([7, 8]);
    expect(sent([{ id: 3, label: "甲" }])).toEqual([3]);
    expect(sent({ file: 9, name: "林晓棠", at: "2026-11-22" })).toEqual({ file: 9 });
    expect(sent({ number: "X-1", until: "2027-01-31", files: [paper], versions: [{ number: "X-0" }] })).toEqual({
      number: "X-1",
      until: "2027-01-31",
      files: [7],
    });
    expect(sent([])).toBeNull();
  });
  it("are shown as pictures where every browser can", () => {
    expect(
      ["image/png", "image/jpeg", "image/heic", "image/tiff", "application/pdf", undefined].map(isPicture),
    ).toEqual([true, true, false, false, false, false]);
  });
  it("are the same while they name the same", () => {
    expect(same(asValue([paper]), asValue([{ file: 7, name: "renamed" }]))).toBe(true);
    expect(same(asValue([paper]), asValue([other]))).toBe(false);
    expect(same(asValue({ number: "1" }), asValue({ number: "2" }))).toBe(false);
    expect(same(asValue([{ id: 1 }]), asValue([{ id: 2 }]))).toBe(false);
    expect(same(null, asValue([]))).toBe(true);
  });
});
