import { expect, it } from "vitest";
import { added, changed, type FormTree } from "./form_tree";
import { Naming } from "./naming";

const arrived = () => new Promise((done) => setTimeout(done, 0));

/** A form being drawn, and a server that answers when the test says so. */
function drawing() {
  let tree: FormTree = { form: "contract", label: "合同", fields: [] };
  const asked: { label: string; taken: string[]; answer: (key: string) => Promise<void> }[] = [];
  const naming = new Naming({
    now: () => tree,
    amend: (change) => {
      tree = change(tree);
    },
    rest: () => Promise.resolve(),
    propose: (label, taken) =>
      new Promise((done) => {
        asked.push({
          label,
          taken,
          answer: async (key) => {
            done(key);
            await arrived();
          },
        });
      }),
  });
  return {
    naming,
    asked,
    fields: () => tree.fields.map((f) => `${f.key} ${f.label}`),
    drop(): string {
      const key = naming.fresh(tree, "date_1");
      tree = added(tree, { key, label: "日期", kind: "date" }, { tab: 0, section: 0, cell: tree.fields.length });
      return key;
    },
    /** As an inspector that was rendered with this key does it. */
    async type(key: string, label: string): Promise<void> {
      tree = changed(tree, naming.key(tree, key), { label });
      naming.named(key, label);
      await arrived();
    },
    rekey(before: string, after: string) {
      tree = naming.change(tree, before, after);
      naming.choose(before, after);
    },
  };
}

it("a name typed under a key that has changed since reaches its field", async () => {
  const form = drawing();
  const first = form.drop();
  await form.type(first, "合同");
  await form.asked[0]?.answer("he_tong");
  await form.type(first, "合同开始日期"); // still rendered as date_1
  expect(form.fields()).toEqual(["he_tong 合同开始日期"]);
  await form.asked[1]?.answer("he_tong_kai_shi_ri_qi");
  expect(form.fields()).toEqual(["he_tong_kai_shi_ri_qi 合同开始日期"]);
  expect(form.naming.origin("he_tong_kai_shi_ri_qi")).toBe(first);
});

it("a drop between a name and the slow answer about it takes neither the name nor the key away", async () => {
  const form = drawing();
  const first = form.drop();
  await form.type(first, "合同开始日期");
  const second = form.drop();
  await form.type(second, "合同结束日期");
  await form.asked[0]?.answer("kai_shi");
  const third = form.drop();
  await form.type(third, "签署日期");
  await form.type(first, "开始日期");
  await form.asked[1]?.answer("jie_shu");
  await form.asked[3]?.answer("kai_shi_ri_qi");
  await form.asked[2]?.answer("qian_shu");
  expect(form.fields()).toEqual(["kai_shi_ri_qi 开始日期", "jie_shu 合同结束日期", "qian_shu 签署日期"]);
});

it("a key that a field had is not given to another one, so that late letters cannot land there", async () => {
  const form = drawing();
  const first = form.drop();
  await form.type(first, "到期日");
  await form.asked[0]?.answer("dao_qi_ri");
  const second = form.drop();
  expect(second).not.toBe(first);
  await form.type(first, "到期日期");
  expect(form.fields()).toEqual(["dao_qi_ri 到期日期", `${second} 日期`]);
});

it("two fields of one name get two keys, however the answers come", async () => {
  const form = drawing();
  const [first, second] = [form.drop(), form.drop()];
  await form.type(first, "到期日");
  await form.type(second, "到期日");
  await form.asked[1]?.answer("dao_qi_ri");
  await form.asked[0]?.answer("dao_qi_ri");
  expect(form.fields()).toEqual(["dao_qi_ri_2 到期日", "dao_qi_ri 到期日"]);
});

it("a key that a person chose stays, also when an answer comes after it", async () => {
  const form = drawing();
  const first = form.drop();
  await form.type(first, "到期日");
  form.rekey(first, "ends_on");
  await form.asked[0]?.answer("dao_qi_ri");
  await form.type(first, "到期日期");
  expect(form.fields()).toEqual(["ends_on 到期日期"]);
  expect(form.asked).toHaveLength(1);
});

it("a field that gets its first name back gets its first key back", async () => {
  const form = drawing();
  const first = form.drop();
  await form.type(first, "日");
  await form.asked[0]?.answer("ri");
  await form.type(first, "日期");
  await form.asked[1]?.answer("ri_qi");
  await form.type(first, "日");
  await form.asked[2]?.answer("ri");
  expect(form.fields()).toEqual(["ri 日"]);
});
