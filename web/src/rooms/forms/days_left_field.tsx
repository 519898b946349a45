import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { DesignProblem } from "@/rooms/design";
import { useForm, useLabel, valueKind } from "./api";
import type { FieldTree, FormTree } from "./form_tree";
import { Line, Toggle } from "./lines";

/** Of a date: lists show how many days are left, always or as long as a field of the form says yes. */
export function DaysLeftField({
  tree,
  field,
  set,
  problem,
}: {
  tree: FormTree;
  field: FieldTree;
  set: (patch: Partial<FieldTree>, attribute: string) => void;
  problem: DesignProblem | null;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const published = useForm(tree.form)?.fields ?? [];
  const says = (one: FieldTree) =>
    one.kind === "yes_no" ||
    (one.kind === "formula" && published.some((f) => f.key === one.key && valueKind(f) === "yes_no"));
  const choices = tree.fields.filter(says).map((one) => ({ value: one.key, label: label(one) || one.key }));
  const chosen = field.counts_down_while ?? "";
  if (chosen && !choices.some((one) => one.value === chosen)) choices.push({ value: chosen, label: chosen });
  return (
    <>
      <Toggle
        label={t("forms:attribute_counts_down")}
        note={t("forms:counts_down_note")}
        value={field.counts_down ?? false}
        onChange={(on) =>
          set(on ? { counts_down: true } : { counts_down: false, counts_down_while: "" }, "counts_down")
        }
      />
      {field.counts_down && (choices.length > 0 || problem) && (
        <Line id="f-counts" label={t("forms:attribute_counts_down_while")} problem={problem}>
          <Select
            id="f-counts"
            value={chosen}
            options={[{ value: "", label: t("forms:counts_down_always") }, ...choices]}
            onChange={(key) => set({ counts_down_while: key }, "counts_down_while")}
          />
        </Line>
      )}
    </>
  );
}
