import { describe, expect, it } from "vitest";
import { Problem } from "@/api";
import type { Form } from "@/rooms/forms";
import type { Approval, ApprovalRow, ApprovalStep, Vote } from "./api";
import {
  currentStep,
  decider,
  differing,
  faultsOf,
  groupsOf,
  headOf,
  isOver,
  nextAfter,
  opinionNeeded,
  placeOf,
  sentBack,
  viewOf,
  waitingFor,
} from "./model";

const row = (vote: number) => ({ vote }) as ApprovalRow;
const person = (id: number, name: string) => ({ id, name });
const vote = (part: Partial<Vote>): Vote =>
  ({ counts: true, state: "asked", candidates: [], person: null, turn: null, decided_by: null, ...part }) as Vote;
const page = (state: Approval["approval_state"], ...votes: Vote[]): Approval =>
  ({
    approval_state: state,
    trail: [
      { kind: "approval", current: false, votes: [vote({ turn: person(9, "贺一宁") })] } as unknown as ApprovalStep,
      { kind: "approval", current: true, votes } as unknown as ApprovalStep,
    ],
  }) as unknown as Approval;

describe("a text that was changed", () => {
  it("keeps what both end with, as the picture of the approval page has it", () => {
    expect(differing("验收后 60 日内一次性付清", "合同生效后 15 日内付 50%，余款 90 日内付清")).toEqual({
      head: "",
      before: "验收后 60 日内一次性",
      after: "合同生效后 15 日内付 50%，余款 90 日内",
      tail: "付清",
    });
  });
  it("does not take numbers apart", () => {
    expect(differing("付款 15 日内", "付款 10 日内")).toEqual({
      head: "付款 ",
      before: "15",
      after: "10",
      tail: " 日内",
    });
  });
  it("tells an insertion apart from a removal", () => {
    expect(differing("两期付清", "分两期付清")).toEqual({ head: "", before: "", after: "分", tail: "两期付清" });
    expect(differing("aa", "aaa")).toEqual({ head: "", before: "aa", after: "aaa", tail: "" });
  });
});

describe("how an approval stands", () => {
  it("names each person whom it waits for once, and the holders of a role", () => {
    const asked = page(
      "open",
      vote({ turn: person(1, "顾明哲") }),
      vote({ candidates: ["沈若溪", "陆子衿"] }),
      vote({ turn: person(1, "顾明哲") }),
      vote({ state: "waiting", person: person(2, "程砚秋") }),
      vote({ counts: false, turn: person(3, "高山") }),
    );
    expect(waitingFor(asked)).toEqual(["顾明哲", "沈若溪", "陆子衿"]);
    expect(currentStep(asked)?.votes).toHaveLength(5);
  });
  it("knows where it was sent back to until that is done again", () => {
    const back = (node: string, over_at: string | null) => ({ kind: "return", node, over_at });
    const trail = [back("submit", "2026-11-20T02:00:00Z"), back("legal", null)] as unknown as Approval["trail"];
    expect(sentBack({ trail } as Approval)?.node).toBe("legal");
    expect(sentBack({ trail: trail.slice(0, 1) } as Approval)).toBeNull();
  });
  it("says who decided last, and nothing while it is open", () => {
    const votes = [
      vote({ state: "approved", decided_by: person(1, "顾明哲"), decided_at: "2026-11-20T02:00:00Z" }),
      vote({ state: "rejected", decided_by: person(2, "程砚秋"), decided_at: "2026-11-20T03:00:00Z" }),
      vote({ state: "handed", decided_by: person(3, "高山"), decided_at: "2026-11-20T04:00:00Z" }),
    ];
    expect(decider(page("rejected", ...votes))).toEqual({ name: "程砚秋", state: "rejected" });
    expect(decider(page("open", ...votes))).toBeNull();
    expect(decider(page("closed"))).toBeNull();
  });
});

it.each([
  ["none", [false, false, false, true]],
  ["reject", [false, true, true, true]],
  ["always", [true, true, true, true]],
] as const)("asks for an opinion as the step says: %s", (opinion, expected) => {
  const acts = ["approve", "reject", "return", "give"] as const;
  expect(acts.map((act) => opinionNeeded({ opinion }, act))).toEqual(expected);
});

describe("my list", () => {
  const rows = [row(11), row(12), row(13)];
  it("knows where an approval stands and what comes after it", () => {
    expect(placeOf(rows, 12)).toEqual({ number: 2, before: 11, after: 13 });
    expect(placeOf(rows, 99)).toBeNull();
    expect([11, 13, 99].map((one) => nextAfter(rows, one))).toEqual([12, 12, null]);
    expect(nextAfter([row(11)], 11)).toBeNull();
  });
  it("falls back to what waits for me when the address names no view", () => {
    expect([viewOf("copied"), viewOf("other"), viewOf(null)]).toEqual(["copied", "mine", "mine"]);
  });
  it("names the record before a title that does not, and only once", () => {
    expect(headOf({ record_title: "HT-1", title: "会签" })).toBe("HT-1 会签");
    expect(headOf({ record_title: "HT-1", title: "报价 HT-1" })).toBe("报价 HT-1");
    expect(headOf({ record_title: null, title: "会签" })).toBe("会签");
  });
});

it("puts a refusal where it belongs", () => {
  const refused = (status: number, path: string | null, facts = {}) => new Problem(status, "x.y", "不行", path, facts);
  expect(faultsOf(refused(422, "opinion"), "不行")).toEqual({ opinion: "不行" });
  expect(faultsOf(refused(422, "values.terms"), "不行")).toEqual({ terms: "不行" });
  expect(faultsOf(refused(409, null), "程砚秋已先同意，无需你处理")).toEqual({ "": "程砚秋已先同意，无需你处理" });
  expect(faultsOf(refused(422, null, { errors: [{ field: "terms", text: "请填写条款" }] }), "")).toEqual({
    terms: "请填写条款",
  });
  expect([refused(409, null), refused(403, null), refused(422, null), null].map(isOver)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe("what may be read", () => {
  const fields = ["a", "b", "c", "d", "e"].map((key) => ({ key, label: key, kind: "text" }));
  const section = (name: string, ...keys: string[]) => ({ section: name, rows: keys.map((key) => [key]) });
  const layout = [{ sections: [section("要点", "a", "b"), section("决定", "c"), section("条款", "d")] }];
  const form = { key: "quote", fields, layout } as unknown as Form;
  const shown = (every: boolean, moved: string[], may = "abcde") =>
    groupsOf(form, [...may], every, new Set(moved)).map((one) => `${one.label} ${one.keys.join("")}`);
  it("stands in the sections of the form, what is in none of them at the end", () => {
    expect(shown(true, [])).toEqual(["要点 ab", "决定 c", "条款 d", " e"]);
    expect(shown(true, [], "bd")).toEqual(["要点 b", "条款 d"]);
  });
  it("is at first what the form begins with, and where something has changed", () => {
    expect(shown(false, [])).toEqual(["要点 ab", "决定 c"]);
    expect(shown(false, ["d"])).toEqual(["要点 ab", "决定 c", "条款 d"]);
  });
});
