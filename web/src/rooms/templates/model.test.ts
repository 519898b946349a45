import { expect, it } from "vitest";
import {
  added,
  changed,
  heardBy,
  lacking,
  openAt,
  paramsOf,
  placeholders,
  placeOf,
  put,
  removed,
  type TemplateTree,
  type Variant,
  variants,
} from "./model";

const MAIL: Variant = { channel: "mail", language: "zh", at: -1 };
const tree: TemplateTree = {
  template: "end_15",
  label: "到期前 15 天提醒",
  form: "contract",
  subject: "合同 {{number}}",
  body: "{{recipient}}\n{{lines}}",
  line: "合同 {{number}}，{{end_date}} 到期",
  channels: ["mail", "sms"],
  texts: [
    { language: "en", subject: "Contract {{number}}" },
    { channel: "sms", body: "合同{{number}}", code: "S1" },
  ],
};

it("lists the mail first, then other languages and channels", () => {
  expect(variants(tree).map((one) => [one.channel, one.language, one.at])).toEqual([
    ["mail", "zh", -1],
    ["mail", "en", 0],
    ["sms", "zh", 1],
  ]);
  expect(lacking(tree)).not.toContainEqual({ channel: "sms", language: "zh" });
  expect(lacking(tree)).toContainEqual({ channel: "sms", language: "en" });
});

it("writes words where they stand and keeps blank what every template has", () => {
  expect(put(tree, MAIL, { subject: "", line: "" })).toMatchObject({ subject: "" });
  expect(put(tree, MAIL, { line: "" })).not.toHaveProperty("line");
  expect(put(tree, { channel: "sms", language: "zh", at: 1 }, { code: "" }).texts?.[1]).toEqual({
    channel: "sms",
    body: "合同{{number}}",
  });
});

it("begins an SMS with one line, is then heard by SMS, and is not when it says nothing any longer", () => {
  const mailOnly: TemplateTree = { ...tree, channels: ["mail"], texts: [] };
  const { tree: made, variant } = added(mailOnly, "sms", "zh");
  expect(made.texts).toEqual([{ channel: "sms", body: "合同 {{number}}，{{end_date}} 到期" }]);
  expect(made.channels).toEqual(["mail", "sms"]);
  expect(removed(made, variant)).toMatchObject({ channels: ["mail"] });
});

it("keeps channels in the order in which they are tried", () => {
  expect(heardBy({ ...tree, channels: ["sms"] }, "mail", true).channels).toEqual(["mail", "sms"]);
  expect(heardBy(tree, "sms", false).channels).toEqual(["mail"]);
});

it("knows the placeholder that the cursor stands in", () => {
  const text = "您好 {{customer.na}}，再见";
  expect(openAt(text, 10)).toEqual({ from: 5, text: "customer.na", at: 5 });
  expect(openAt(text, 2)).toBeNull();
  expect(openAt(text, text.length)).toBeNull();
  expect(openAt("{{cust", 6)).toEqual({ from: 2, text: "cust", at: 4 });
  expect(openAt("{{cust\n下一行", 9)).toBeNull();
  expect(placeholders("{{a}} {{ b }} {{a}}")).toEqual(["a", "b"]);
});

it("tells two versions apart place by place", () => {
  const after = put(
    put(tree, MAIL, { subject: "新 {{number}}" }),
    { channel: "sms", language: "zh", at: 1 },
    { code: "S2" },
  );
  expect(changed(tree, after)).toEqual([
    { channel: "mail", language: "zh", place: "subject", before: "合同 {{number}}", after: "新 {{number}}" },
    { channel: "sms", language: "zh", place: "code", before: "S1", after: "S2" },
  ]);
  expect(changed(tree, tree)).toEqual([]);
});

it("finds the place that a problem names", () => {
  expect(placeOf(tree, "texts[1].code")).toEqual({ variant: { channel: "sms", language: "zh", at: 1 }, place: "code" });
  expect(placeOf(tree, "body")?.variant.at).toBe(-1);
  expect(placeOf(tree, "label")).toBeNull();
});

it("reads parameters in their order, as they are kept and as they were kept once", () => {
  expect(
    paramsOf({
      params: [
        { name: "b", value: "1" },
        { name: "a", value: "2" },
      ],
    }).map((one) => one.name),
  ).toEqual(["b", "a"]);
  expect(paramsOf({ params: { a: "1" } })).toEqual([{ name: "a", value: "1" }]);
  expect(paramsOf({})).toEqual([]);
});
