/** What an approval needs to know: who decides and how, what they may see and write, what happens when nobody does. */
import { Button, InputNumber, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, Tabs } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line, Toggle } from "@/rooms/forms/lines";
import type { FieldsProps } from "./flow_fields";
import { Pick, usePeople, WhoField, type WhoTree } from "./flow_parts";
import { nodesOf } from "./flow_tree";

type Tab = "who" | "fields" | "time" | "more";
const list = (value: unknown) => (Array.isArray(value) ? (value as WhoTree[]) : []);

export function Approval(props: FieldsProps) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<Tab>("who");
  const Part = PARTS[tab];
  return (
    <>
      <Tabs
        label={t("processes:kind_approval")}
        active={tab}
        onChange={(key) => setTab(key as Tab)}
        items={(["who", "fields", "time", "more"] as const).map((key) => ({ key, label: t(`flow:approval_${key}`) }))}
      />
      <Part {...props} />
    </>
  );
}

/** People, one slot each. */
function Slots({ id, label, value, props }: { id: string; label: string; value: unknown; props: FieldsProps }) {
  const { t } = useTranslation();
  const { form, set, problem } = props;
  const slots = list(value);
  const name = id === "flow-who" ? "who" : "copy_to";
  const put = (next: WhoTree[]) => set({ [name]: next.length || name === "who" ? next : undefined }, label);
  return (
    <>
      {slots.map((one, i) => (
        // a slot has no key of its own
        <div className="flow-part" key={`${name}${i}`}>
          <WhoField
            above
            id={`${id}-${i}`}
            label={slots.length > 1 ? `${label} ${i + 1}` : label}
            value={one}
            form={form}
            problem={problem(`${name}[${i}]`, `${name}_${i}`)}
            onChange={(who) => put(slots.map((w, n) => (n === i ? who : w)))}
          />
          {(slots.length > 1 || name === "copy_to") && (
            <Button size="small" type="text" onClick={() => put(slots.filter((_, n) => n !== i))}>
              {t("flow:remove_slot")}
            </Button>
          )}
        </div>
      ))}
      <Button
        size="small"
        className="flow-add"
        icon={<Icon name="plus" size={13} />}
        onClick={() => put([...slots, { role: "" }])}
      >
        {t(`flow:add_${name}`)}
      </Button>
    </>
  );
}

function Who(props: FieldsProps) {
  const { t } = useTranslation();
  const { node, set } = props;
  const people = usePeople();
  const mode = typeof node.mode === "string" ? node.mode : "all";
  const empty = typeof node.empty === "object" && node.empty !== null ? "person" : ((node.empty as string) ?? "admin");
  const instead = (node.empty as { person?: string } | undefined)?.person;
  return (
    <>
      <Slots id="flow-who" label={t("flow:signers")} value={node.who} props={props} />
      <Line id="flow-mode" label={t("flow:mode")}>
        <Segmented
          block
          value={mode}
          options={["any", "all", "order", "vote"].map((value) => ({ value, label: t(`processes:mode_${value}`) }))}
          onChange={(v) =>
            set(
              { mode: v === "all" ? "" : v, ...(v !== "vote" && { ratio: undefined, veto: undefined }) },
              t("flow:mode"),
            )
          }
        />
        <span className="grey small">{t(`flow:mode_${mode}_note`)}</span>
      </Line>
      {mode === "vote" && (
        <>
          <Line id="flow-ratio" label={t("flow:ratio")}>
            <span className="flow-line">
              <InputNumber
                id="flow-ratio"
                min={1}
                max={100}
                value={Math.round(Number(node.ratio ?? 1) * 100)}
                onChange={(v) => set({ ratio: String(Number(v ?? 100) / 100) }, t("flow:ratio"))}
              />
              <span>%</span>
            </span>
          </Line>
          <Toggle
            label={t("flow:veto")}
            value={node.veto === true}
            onChange={(v) => set({ veto: v || undefined }, t("flow:veto"))}
          />
        </>
      )}
      <Pick
        id="flow-empty"
        label={t("flow:nobody_found")}
        value={empty}
        choices={["admin", "pass", "reject", "person"].map((value) => ({ value, label: t(`flow:empty_${value}`) }))}
        onChange={(v) =>
          set(
            { empty: v === "admin" ? "" : v === "person" ? { person: people[0]?.value ?? "" } : v },
            t("flow:nobody_found"),
          )
        }
      />
      {empty === "person" && (
        <Pick
          bare
          id="flow-instead"
          label={t("flow:empty_person")}
          value={instead}
          choices={people}
          onChange={(person) => set({ empty: { person } }, t("flow:nobody_found"))}
        />
      )}
      <Toggle
        label={t("flow:skip_repeated")}
        note={t("flow:skip_repeated_note")}
        value={node.skip_repeated === true}
        onChange={(v) => set({ skip_repeated: v || undefined }, t("flow:skip_repeated"))}
      />
    </>
  );
}

const RIGHTS = ["hidden", "read", "write", "required"] as const;

/** What a signer may do with fields here; what is not named is as everywhere. */
function Fields({ node, tree, form, set, problem }: FieldsProps) {
  const { t } = useTranslation();
  const words = useLabel();
  const rights = list(node.fields) as { field: string; right: string; when?: string }[];
  const name = (key: string) => words(form?.fields.find((f) => f.key === key) ?? { label: key });
  const put = (next: typeof rights) => set({ fields: next.length ? next : undefined }, t("flow:approval_fields"));
  return (
    <Line id="flow-fields" label={t("flow:rights")} problem={problem("fields")}>
      <span className="grey small">{t("flow:rights_note")}</span>
      {rights.map((one, i) => (
        <div className="flow-rows" key={one.field}>
          <span className="flow-line">
            <span className="spread cut">{name(one.field)}</span>
            <Select
              size="small"
              aria-label={t("flow:right_of", { name: name(one.field) })}
              value={one.right}
              options={RIGHTS.map((value) => ({ value, label: t(`flow:right_${value}`) }))}
              onChange={(right) => put(rights.map((r, n) => (n === i ? { field: r.field, right } : r)))}
            />
            <button
              type="button"
              className="icon-button"
              aria-label={t("flow:without", { name: name(one.field) })}
              onClick={() => put(rights.filter((_, n) => n !== i))}
            >
              <Icon name="close" size={14} />
            </button>
          </span>
          {one.right === "required" && (
            <ConditionField
              id={`flow-right-${i}`}
              label={t("flow:must_for", { name: name(one.field) })}
              tree={{ form: tree.form }}
              value={one.when ?? ""}
              onChange={(when) =>
                put(rights.map((r, n) => (n === i ? { field: r.field, right: r.right, ...(when && { when }) } : r)))
              }
              problem={problem(`fields[${i}]`)}
              sample={null}
            />
          )}
        </div>
      ))}
      <Pick
        bare
        id="flow-fields"
        label={t("flow:add_field")}
        value=""
        hint={t("flow:add_field")}
        choices={(form?.fields ?? [])
          .filter((f) => !rights.some((r) => r.field === f.key))
          .map((f) => ({ value: f.key, label: words(f) }))}
        onChange={(field) => put([...rights, { field, right: "read" }])}
      />
    </Line>
  );
}

function Time({ node, set }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Line id="flow-due" label={t("flow:due")}>
        <span className="flow-line">
          <InputNumber
            id="flow-due"
            min={0}
            max={365}
            value={Number(node.due_workdays ?? 2)}
            onChange={(v) => set({ due_workdays: Number(v ?? 0) }, t("flow:due"))}
          />
          <span>{t("flow:unit_workdays")}</span>
        </span>
      </Line>
      <Pick
        id="flow-overdue"
        label={t("flow:overdue")}
        value={(node.on_timeout as string) || "none"}
        choices={["none", "remind", "pass", "reject", "escalate"].map((value) => ({
          value,
          label: t(`flow:overdue_${value}`),
        }))}
        onChange={(v) => set({ on_timeout: v === "none" ? "" : v }, t("flow:overdue"))}
      />
    </>
  );
}

function More(props: FieldsProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const { node, tree, set, problem } = props;
  const earlier = nodesOf(tree).filter((n) => n.key !== node.key && (n.kind === "task" || n.kind === "approval"));
  return (
    <>
      <Line id="flow-opinion" label={t("flow:opinion")}>
        <Segmented
          block
          value={(node.opinion as string) || "reject"}
          options={["none", "reject", "always"].map((value) => ({ value, label: t(`flow:opinion_${value}`) }))}
          onChange={(v) => set({ opinion: v === "reject" ? "" : v }, t("flow:opinion"))}
        />
      </Line>
      <Toggle
        label={t("flow:attachments")}
        value={node.attachments !== false}
        onChange={(v) => set({ attachments: v ? undefined : false }, t("flow:attachments"))}
      />
      <Toggle
        label={t("flow:signature")}
        value={node.signature === true}
        onChange={(v) => set({ signature: v || undefined }, t("flow:signature"))}
      />
      <Line id="flow-returns" label={t("flow:returns")} problem={problem("returns")}>
        <Select
          id="flow-returns"
          mode="multiple"
          value={(Array.isArray(node.returns) ? node.returns : []).map(String)}
          placeholder={t("flow:returns_any")}
          options={earlier.map((n) => ({ value: n.key, label: label(n) || n.key }))}
          onChange={(returns: string[]) => set({ returns: returns.length ? returns : undefined }, t("flow:returns"))}
        />
      </Line>
      <h3>{t("flow:copies")}</h3>
      <Slots id="flow-copy" label={t("flow:copies")} value={node.copy_to} props={props} />
    </>
  );
}

const PARTS = { who: Who, fields: Fields, time: Time, more: More };
