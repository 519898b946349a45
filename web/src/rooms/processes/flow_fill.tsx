/** The fields that finishing asks for: always, of some records, or as one likes. */
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { type Form, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { Line } from "@/rooms/forms/lines";
import { Pick } from "./flow_parts";
import { asFill, type FillTree, readFill } from "./flow_tree";

export function FillField({
  id,
  label,
  value,
  form,
  problem,
  onChange,
}: {
  id: string;
  label: string;
  value: unknown;
  form: Form | undefined;
  problem: DesignProblem | null;
  onChange: (fill: FillTree[]) => void;
}) {
  const { t } = useTranslation();
  const words = useLabel();
  const fill = readFill(value);
  const writable = (form?.fields ?? []).filter((f) => f.kind !== "formula" && f.kind !== "auto_number");
  const name = (key: string) => words(form?.fields.find((f) => f.key === key) ?? { label: key });
  const put = (at: number, must: "no" | "yes" | "when", when = "") =>
    onChange(fill.map((one, n) => asFill(n === at ? { ...one, must, when } : one)));
  return (
    <Line id={id} label={label} problem={problem}>
      {fill.map((one, i) => (
        <div key={one.field} className="flow-rows">
          <span className="flow-line">
            <span className="spread cut">{name(one.field)}</span>
            <Select
              size="small"
              className="flow-must"
              popupMatchSelectWidth={false}
              aria-label={t("flow:must_of", { name: name(one.field) })}
              value={one.must}
              options={(["no", "yes", "when"] as const).map((must) => ({ value: must, label: t(`flow:must_${must}`) }))}
              onChange={(must: "no" | "yes" | "when") => put(i, must, must === "when" ? "TRUE" : "")}
            />
            <button
              type="button"
              className="icon-button"
              aria-label={t("flow:without", { name: name(one.field) })}
              onClick={() => onChange(fill.filter((_, n) => n !== i).map(asFill))}
            >
              <Icon name="close" size={14} />
            </button>
          </span>
          {one.must === "when" && (
            <ConditionField
              id={`${id}-${i}-when`}
              label={t("flow:must_for", { name: name(one.field) })}
              tree={{ form: form?.key ?? "" }}
              value={one.when}
              empty="TRUE"
              onChange={(when) => put(i, "when", when || "TRUE")}
              problem={null}
              sample={null}
            />
          )}
        </div>
      ))}
      <Pick
        bare
        id={id}
        label={label}
        value=""
        hint={t("flow:add_field")}
        choices={writable
          .filter((f) => !fill.some((one) => one.field === f.key))
          .map((f) => ({ value: f.key, label: words(f) }))}
        onChange={(key) => onChange([...fill.map(asFill), key])}
      />
    </Line>
  );
}
