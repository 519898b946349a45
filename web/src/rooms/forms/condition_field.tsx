import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { format } from "@/kit";
import { ConditionBuilder } from "@/kit/formula/condition_builder";
import type { DesignProblem } from "@/rooms/design";
import { countQuery } from "@/rooms/records";
import { useForm } from "./api";
import { useConditionChoices } from "./condition_choices";
import { type Drawn, FormulaField, isDrawn, type Sample, whereOf } from "./formula_field";

/** A condition of yes or no over a form, as it is drawn or published, and how many records fit it today. */
export function ConditionField(props: {
  id: string;
  label: string;
  tree: Drawn;
  value: string;
  onChange: (text: string) => void;
  problem: DesignProblem | null;
  sample: Sample | null;
  empty?: string;
}) {
  const { id, label, tree, value, onChange, empty = "" } = props;
  const { choices, find } = useConditionChoices(tree.form, isDrawn(tree) ? tree : undefined);
  return (
    <ConditionBuilder
      id={id}
      label={label}
      where={whereOf(tree)}
      choices={choices}
      find={find}
      value={value}
      onChange={onChange}
      empty={empty}
      result={<Fits form={tree.form} text={value === empty ? "" : value} />}
      written={<FormulaField {...props} bare />}
    />
  );
}

/** 「符合 86 份，合计 …」; nothing where the condition names what is not published yet. */
export function Fits({ form: key, text }: { form: string; text: string }) {
  const { t } = useTranslation();
  const form = useForm(key);
  const money = form?.fields.find((f) => f.kind === "money")?.key;
  const count = useQuery({
    ...countQuery(key, { filter: text, search: "" }, money ? [money] : []),
    enabled: form !== undefined && text !== "",
    retry: false,
    placeholderData: undefined,
  }).data;
  if (!form || !count || text === "") return null;
  const sum = money ? count.sums[money] : null;
  return (
    t("forms:fits", { count: count.count, noun: form.noun }) +
    (sum ? t("forms:fits_sum", { sum: format.money(sum) }) : "")
  );
}
