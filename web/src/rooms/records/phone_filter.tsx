import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { format, Icon, Lines, Sheet } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { SearchBox } from "./search_box";
import type { ListState } from "./state";
import { useRowsOf } from "./use_rows_of";

const FilterPanel = lazy(async () => ({ default: (await import("./filter_panel")).FilterPanel }));

/** The phone's filter: a sheet with the count on its button; what is active stays as a chip above the list. */
export function PhoneFilter({
  form,
  state,
  count,
  sum,
  onChange,
}: {
  form: Form;
  state: ListState;
  count: number | undefined;
  sum: string | null;
  onChange: (part: Partial<ListState>) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const [open, setOpen] = useState(false);
  const rows = useRowsOf(state.filter, form);
  const first = state.sort[0];
  const sortField = form.fields.find((f) => f.key === first?.field);
  return (
    <div className="phone-filter">
      <SearchBox search={state.search} onSearch={(search) => onChange({ search })} />
      <div className="row">
        <Button
          className={state.filter ? "tinted" : undefined}
          shape="round"
          icon={<Icon name="filter" size={16} />}
          onClick={() => setOpen(true)}
        >
          {rows ? t("records:filter_n", { n: rows }) : t("records:filter")}
        </Button>
        {state.filter && (
          <Button shape="round" onClick={() => onChange({ filter: "" })}>
            {t("clear")}
          </Button>
        )}
      </div>
      <div className="row">
        {count !== undefined && <b>{t("records:count_of", { n: count.toLocaleString("en"), noun: form.noun })}</b>}
        {sum && <span className="grey-2">{`${t("records:summing")} ${format.money(sum)}`}</span>}
        <span className="spread" />
        {sortField && <span className="grey">{t("records:by", { label: label(sortField) })}</span>}
      </div>
      <Sheet
        open={open}
        title={t("records:filter")}
        onClose={() => setOpen(false)}
        footer={
          <Button type="primary" block onClick={() => setOpen(false)}>
            {count === undefined
              ? t("records:show")
              : t("records:show_n", { n: count.toLocaleString("en"), noun: form.noun })}
          </Button>
        }
      >
        <Suspense fallback={<Lines rows={3} />}>
          <FilterPanel form={form} filter={state.filter} onFilter={(filter) => onChange({ filter })} />
        </Suspense>
      </Sheet>
    </div>
  );
}
