import { expect, it } from "vitest";
import type { Setup, Standing } from "./api";
import { draftOf, forgets, inOrder, kept, maskedPhone, ordered, partOf, problems, said } from "./model";

const asked = (key: string, what: Setup["kinds"][string][number]["what"] = "text", required = false, place = false) => ({
  key, what, required, place,
}); // biome-ignore format: one line says it
const base = asked("base_url", "url", false, true);
const setup: Setup = {
  channel: "sms",
  kind: "aliyun",
  values: { key_id: "LTAI5t", sign_name: "常青", codes: { SMS_END_7: "SMS_100001" }, price: 0.045 },
  secrets: ["key_secret"],
  hints: { key_secret: "7F3A" },
  lost: [],
  kinds: {
    aliyun: [
      asked("key_id", "text", true),
      asked("key_secret", "secret", true),
      asked("sign_name", "text", true),
      asked("codes", "map"),
      asked("price", "number"),
      base,
    ],
    tencent: [asked("secret_id", "text", true), asked("secret_key", "secret", true), base],
  },
  at: null,
  by: null,
  problem: null,
  tried: null,
};

it("sends back what it was given when nothing is changed, and no secret", () => {
  const draft = draftOf(setup);
  expect(said(setup, draft)).toEqual({ kind: "aliyun", values: setup.values, secrets: {} });
  expect(problems(setup, draft)).toEqual({});
});

it("keeps the secret as long as kind and server stay, and asks for it again otherwise", () => {
  const draft = draftOf(setup);
  expect([forgets(setup, draft), kept(setup, draft, "key_secret")]).toEqual([false, true]);
  const elsewhere = { ...draft, values: { ...draft.values, base_url: "http://127.0.0.1:8294" } };
  expect([forgets(setup, elsewhere), problems(setup, elsewhere)]).toEqual([true, { key_secret: "required" }]);
  const other = { ...draft, kind: "tencent", values: { ...draft.values, secret_id: "AKID" } };
  expect(problems(setup, other)).toEqual({ secret_key: "required" });
  expect(said(setup, { ...other, secrets: { secret_key: "x", key_secret: "y" } })).toEqual({
    kind: "tencent",
    values: { secret_id: "AKID" },
    secrets: { secret_key: "x" },
  });
});

it("does not count a secret that no longer opens", () => {
  const lost = { ...setup, lost: ["key_secret"] };
  expect(problems(lost, draftOf(lost))).toEqual({ key_secret: "required" });
});

it("says at the field what is no address, no number and what is missing", () => {
  const draft = draftOf(setup);
  const wrong = { ...draft, values: { ...draft.values, sign_name: " ", price: "dear", base_url: "ftp://x" } };
  expect(problems({ ...setup, secrets: [] }, wrong)).toEqual({
    key_secret: "required",
    sign_name: "required",
    price: "number",
    base_url: "url",
  });
});

it("leaves out lines of codes that are not filled in", () => {
  const draft = draftOf(setup);
  const lines: [string, string][] = [["a", " 1 "], ["b", ""], ["", "2"]]; // biome-ignore format: one line
  expect(said(setup, { ...draft, codes: lines }).values.codes).toEqual({ a: "1" });
  expect(said(setup, { ...draft, codes: [] }).values).not.toHaveProperty("codes");
});

it("groups what is needed, what comes back and what hardly anybody changes", () => {
  expect(["key_id", "callback_key", "region"].map((key) => partOf(asked(key)))).toEqual(["main", "events", "more"]);
  expect(partOf(base)).toBe("more");
  expect(ordered([asked("a"), asked("b", "text", true), asked("c")]).map((one) => one.key)).toEqual(["b", "a", "c"]);
});

it("shows a phone by its ends and channels that are set up first", () => {
  expect([maskedPhone("13812346120"), maskedPhone("10086")]).toEqual(["138****6120", "10086"]);
  const row = (channel: string, state: Standing["state"]) => ({ channel, state }) as Standing;
  expect(inOrder([row("mail", "none"), row("sms", "well")]).map((one) => one.channel)).toEqual(["sms", "mail"]);
});
