import { Button, type InputRef } from "antd";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { Form } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { ColoursButton } from "./colours";
import { KindButtons } from "./kind_buttons";
import { rememberColumns } from "./remembered";
import { SearchBox } from "./search_box";
import type { ListState } from "./state";
import { ColumnsButton, SortButton } from "./toolbar";
import { useRowsOf } from "./use_rows_of";
import { ViewActs } from "./view_acts";
import type { useViews } from "./view_list";

/** Beside the tabs of a list: what is done with its view, and what the list shows. */
export function ListTools({
  form,
  state,
  usual,
  lists,
  searchBox,
  filtering,
  onFiltering,
  onChange,
}: {
  form: Form;
  state: ListState;
  usual: readonly string[];
  lists: ReturnType<typeof useViews>;
  searchBox: RefObject<InputRef | null>;
  filtering: boolean;
  onFiltering: (on: boolean) => void;
  onChange: (part: Partial<ListState>) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const rowCount = useRowsOf(state.filter, form);
  const table = state.kind === "table";
  return (
    <>
      <ViewActs
        form={form}
        state={state}
        active={lists.view}
        changed={lists.changed}
        hasDefault={lists.hasDefault}
        onChosen={(view) => onChange({ view })}
      />
      <SearchBox
        search={state.search}
        box={searchBox}
        className="list-search"
        onSearch={(search) => onChange({ search })}
      />
      <Button
        className={state.filter ? "tinted" : undefined}
        aria-expanded={filtering}
        icon={<Icon name="filter" size={15} />}
        onClick={() => onFiltering(!filtering)}
      >
        {rowCount ? t("records:filter_n", { n: rowCount }) : t("records:filter")}
      </Button>
      <KindButtons form={form} kind={state.kind} group={state.group} onChange={onChange} />
      {state.kind !== "calendar" && <SortButton form={form} sort={state.sort} onSort={(sort) => onChange({ sort })} />}
      {table && (
        <>
          <ColoursButton
            form={form}
            columns={state.columns}
            colours={state.colours}
            onColours={(colours) => onChange({ colours })}
          />
          <ColumnsButton
            form={form}
            usual={usual}
            columns={state.columns}
            frozen={state.frozen}
            onFrozen={(frozen) => onChange({ frozen })}
            onColumns={(columns, again) => {
              rememberColumns(me.account, form.key, again ? null : columns);
              onChange({ columns });
            }}
          />
        </>
      )}
    </>
  );
}
