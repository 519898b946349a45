/** Another record like this one: of which form, alike in what, and how near in time. */
import { InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { DesignProblem } from "@/rooms/design";
import { type Form, useForms, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line } from "@/rooms/forms/lines";
import { isDate, Pick, useFieldChoices } from "./flow_parts";
import { withAt } from "./flow_tree";

type Find = Record<string, unknown>;
export const freshFind = (form: string): Find => ({ form, same: [] });
const text = (value: unknown) => (typeof value === "string" ? value : "");

export function FindField({
  id,
  value,
  form,
  problem,
  onChange,
}: {
  id: string;
  value: unknown;
  /** of the process */
  form: Form | undefined;
  problem: DesignProblem | null;
  onChange: (find: Find) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const find = (typeof value === "object" && value !== null ? value : {}) as Find;
  const other = forms.find((f) => f.key === find.form);
  const theirs = useFieldChoices(other, isDate).filter((c) => !c.value.includes("."));
  const ours = useFieldChoices(form, isDate);
  const shared = (form?.fields ?? []).filter((f) => other?.fields.some((o) => o.key === f.key && o.kind === f.kind));
  const put = (name: string, to: unknown) => onChange(withAt(find, name, to));
  return (
    <div className="flow-part">
      <Pick
        id={`${id}-form`}
        label={t("flow:find_form")}
        value={find.form}
        choices={forms.filter((f) => !f.within).map((f) => ({ value: f.key, label: label(f) }))}
        problem={problem}
        onChange={(key) => onChange(freshFind(key))}
      />
      <Line id={`${id}-same`} label={t("flow:attr_same")}>
        <Select
          id={`${id}-same`}
          mode="multiple"
          value={(Array.isArray(find.same) ? find.same : []).map(String)}
          placeholder={t("flow:find_same_hint")}
          options={shared.map((f) => ({ value: f.key, label: label(f) }))}
          onChange={(same: string[]) => onChange({ ...find, same })}
        />
      </Line>
      {other && (
        <ConditionField
          id={`${id}-when`}
          label={t("flow:find_when")}
          tree={{ form: other.key }}
          value={text(find.when)}
          onChange={(when) => put("when", when)}
          problem={null}
          sample={null}
        />
      )}
      <Pick
        clear
        id={`${id}-date`}
        label={t("flow:find_date")}
        value={find.date}
        choices={theirs}
        hint={t("flow:find_any_time")}
        onChange={(date) =>
          onChange(
            date
              ? { ...find, date, near: text(find.near) || ours[0]?.value, days: Number(find.days ?? 60) }
              : ["date", "near", "days"].reduce((one, name) => withAt(one, name, undefined), find),
          )
        }
      />
      {text(find.date) && (
        <>
          <Pick
            id={`${id}-near`}
            label={t("flow:find_near")}
            value={find.near}
            choices={ours}
            onChange={(near) => put("near", near)}
          />
          <Line id={`${id}-days`} label={t("flow:find_days")}>
            <span className="flow-line">
              <InputNumber
                id={`${id}-days`}
                min={0}
                max={3650}
                value={Number(find.days ?? 0)}
                onChange={(v) => put("days", Number(v ?? 0))}
              />
              <span>{t("flow:unit_days")}</span>
            </span>
          </Line>
        </>
      )}
    </div>
  );
}
