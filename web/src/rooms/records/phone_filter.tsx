import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { format, Icon, Lines, Sheet } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { chosenOf, partsOf, type Quick, tapped } from "./quick";
import { SearchBox } from "./search_box";
import type { ListState } from "./state";
import { SortRows } from "./toolbar";
import { useQuick, useQuickWords } from "./use_quick";
import { useRowsOf } from "./use_rows_of";
import { SaveView } from "./view_acts";
import type { useViews } from "./view_list";

const FilterPanel = lazy(async () => ({ default: (await import("./filter_panel")).FilterPanel }));

/** The phone's filter: a sheet with the count on its button; what is active stays as chips above the list. */
export function PhoneFilter({
  form,
  state,
  lists,
  count,
  sum,
  onChange,
}: {
  form: Form;
  state: ListState;
  lists: ReturnType<typeof useViews>;
  count: number | undefined;
  sum: string | null;
  onChange: (part: Partial<ListState>) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const [open, setOpen] = useState<"filter" | "sort" | null>(null);
  const rows = useRowsOf(state.filter, form);
  const first = state.sort[0];
  const sortField = form.fields.find((f) => f.key === first?.field);
  const { quicks, group, change, written } = useQuick(form, state.filter, (filter) => onChange({ filter }));
  const words = useQuickWords(form);
  const parts = state.filter === "" || !group ? [] : partsOf(quicks, group);
  const counted = (n: number) => t("records:count_of", { n: n.toLocaleString("en"), noun: form.noun });
  const show = (
    <Button type="primary" block onClick={() => setOpen(null)}>
      {count === undefined
        ? t("records:show")
        : t("records:show_n", { n: count.toLocaleString("en"), noun: form.noun })}
    </Button>
  );
  return (
    <div className="phone-filter">
      <div className="row">
        <SearchBox search={state.search} onSearch={(search) => onChange({ search })} />
        <Button
          className={state.filter ? "tinted" : undefined}
          icon={<Icon name="filter" size={16} />}
          onClick={() => setOpen("filter")}
        >
          {rows ? t("records:filter_n", { n: rows }) : t("records:filter")}
        </Button>
      </div>
      {(parts.length > 0 || written) && (
        <ul className="phone-parts" aria-label={t("formula:conditions")}>
          {parts.map(({ part, rest }) => (
            <li key={words.part(part)}>
              <button
                type="button"
                className="phone-part"
                aria-label={t("records:quick_remove", { text: words.part(part) })}
                onClick={() => change(rest)}
              >
                <span className="cut">{words.part(part)}</span>
                <Icon name="close" size={14} />
              </button>
            </li>
          ))}
          {written && (
            <li>
              <button
                type="button"
                className="phone-part"
                aria-label={t("records:quick_remove", { text: t("records:quick_formula") })}
                onClick={() => onChange({ filter: "" })}
              >
                <span className="cut">{t("records:quick_formula")}</span>
                <Icon name="close" size={14} />
              </button>
            </li>
          )}
        </ul>
      )}
      <div className="row phone-facts">
        {count !== undefined && <b>{counted(count)}</b>}
        {sum && <span className="grey-2">{`${t("records:summing")} ${format.money(sum)}`}</span>}
        <span className="spread" />
        <button type="button" className="bare row grey-2 phone-sort" onClick={() => setOpen("sort")}>
          {sortField ? t("records:by", { label: label(sortField) }) : t("records:sort")}
          <Icon name={first?.descending ? "arrowDown" : "arrowUp"} size={14} />
        </button>
      </div>
      <Sheet
        open={open === "filter"}
        title={t("records:filter")}
        onClose={() => setOpen(null)}
        extra={
          state.filter && (
            <button type="button" className="bare link phone-clear" onClick={() => onChange({ filter: "" })}>
              {t("clear")}
            </button>
          )
        }
        footer={
          <div className="row phone-foot">
            {state.filter && (
              <SaveView form={form} state={state} view={lists.view} onChosen={(view) => onChange({ view })}>
                <Button>{t("records:view_save")}</Button>
              </SaveView>
            )}
            <span className="spread">{show}</span>
          </div>
        }
      >
        {group && quicks.map((quick) => <Taps key={quick.path.join(".")} {...{ quick, group, change, words }} />)}
        <details className="phone-more" open={quicks.length === 0 || written}>
          <summary className="row">
            <Icon name="rightward" size={14} />
            {t("records:quick_more")}
          </summary>
          <Suspense fallback={<Lines rows={3} />}>
            <FilterPanel form={form} filter={state.filter} onFilter={(filter) => onChange({ filter })} />
          </Suspense>
        </details>
      </Sheet>
      <Sheet open={open === "sort"} title={t("records:sort")} onClose={() => setOpen(null)} footer={show}>
        <SortRows form={form} sort={state.sort} onSort={(sort) => onChange({ sort })} />
      </Sheet>
    </div>
  );
}

/** The choices of one condition; a tap chooses, another takes it back. */
function Taps({
  quick,
  group,
  change,
  words,
}: {
  quick: Quick;
  group: NonNullable<ReturnType<typeof useQuick>["group"]>;
  change: ReturnType<typeof useQuick>["change"];
  words: ReturnType<typeof useQuickWords>;
}) {
  const chosen = chosenOf(quick, group) ?? [];
  return (
    <fieldset className="taps">
      <legend className="grey-2">{words.title(quick)}</legend>
      {quick.picks.map(({ key }) => (
        <button
          key={key}
          type="button"
          className="tap"
          aria-pressed={chosen.includes(key)}
          onClick={() => change(tapped(quick, group, key))}
        >
          {words.pick(quick, key)}
        </button>
      ))}
    </fieldset>
  );
}
