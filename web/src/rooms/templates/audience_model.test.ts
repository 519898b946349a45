import { expect, it } from "vitest";
import { type AudienceTree, addressed, addressOf, preferred } from "./audience_model";

const tree: AudienceTree = {
  audience: "people",
  label: "联系人",
  form: "contact",
  relation: "customer",
  of: "customer",
  name: "name",
  address: "mail",
  addresses: { sms: "phone" },
  prefer: ['role = "renewal"', 'role = "primary"'],
};

it("has the mail's address by itself and those of other channels beside it", () => {
  expect(addressOf(tree, "mail")).toBe("mail");
  expect(addressOf(tree, "sms")).toBe("phone");
  expect(addressed(tree, "dingtalk", "ding").addresses).toEqual({ sms: "phone", dingtalk: "ding" });
  expect(addressed(tree, "sms", "")).not.toHaveProperty("addresses");
  expect(addressed(tree, "mail", "other").address).toBe("other");
});

it("keeps preferences in their order", () => {
  expect(preferred(tree, 0, null).prefer).toEqual(['role = "primary"']);
  expect(preferred(tree, 2, "TRUE").prefer).toHaveLength(3);
  expect(preferred({ ...tree, prefer: ["TRUE"] }, 0, null)).not.toHaveProperty("prefer");
});
