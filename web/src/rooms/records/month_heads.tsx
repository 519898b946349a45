import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { format } from "@/kit";
import { type Form, valueKind } from "@/rooms/forms";
import { groupsQuery, type Shape } from "./api";
import { useGroupLabel } from "./grouped";

/** Heads for a list of cards that goes by a date: each month with how many it has and their sum. */
export function useMonthHeads(form: Form, shape: Shape, sum: string | undefined, enabled: boolean) {
  const { t } = useTranslation();
  const field = form.fields.find((f) => f.key === shape.sort[0]?.field);
  const by = enabled && field && valueKind(field) === "date" ? field.key : null;
  const named = useGroupLabel(field);
  const groups = useQuery({ ...groupsQuery(form.key, by ?? "", shape, sum ? [sum] : []), enabled: by !== null }).data;
  if (by === null) return undefined;
  return {
    by,
    head: (month: string | null) => {
      const group = groups?.find((g) => g.key === month);
      const total = sum && group?.sums[sum];
      return (
        <h2 className="row month-head">
          <span className="spread">{named({ key: month, label: null, count: 0, sums: {}, filter: "" })}</span>
          <span className="grey-2 small">
            {group && t("records:count_of", { n: group.count.toLocaleString("en"), noun: form.noun })}
            {total && ` · ${format.money(total)}`}
          </span>
        </h2>
      );
    },
  };
}
