import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ConditionBuilder } from "@/kit/formula/condition_builder";
import type { Form } from "@/rooms/forms";
import { useConditionChoices } from "@/rooms/forms/condition_choices";

/** What a list keeps. */
export function FilterPanel({
  form,
  filter,
  onFilter,
  result,
  extra,
}: {
  form: Form;
  filter: string;
  onFilter: (filter: string) => void;
  result?: ReactNode;
  extra?: ReactNode;
}) {
  const { t } = useTranslation();
  const { choices, find } = useConditionChoices(form.key);
  return (
    <div className="filter">
      <ConditionBuilder
        id="list-filter"
        label={t("formula:conditions")}
        where={{ form: form.key }}
        choices={choices}
        find={find}
        value={filter}
        onChange={onFilter}
        result={result}
        extra={extra}
      />
    </div>
  );
}
