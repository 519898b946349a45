import { Button } from "antd";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Lines } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { ListState } from "./state";
import { KeepView, SaveView } from "./view_acts";
import type { useViews } from "./view_list";

const FilterPanel = lazy(async () => ({ default: (await import("./filter_panel")).FilterPanel }));

/** The conditions of a list above its rows, and the views that they can become. */
export function ListFilter({
  form,
  state,
  lists,
  result,
  onChange,
}: {
  form: Form;
  state: ListState;
  lists: ReturnType<typeof useViews>;
  result: ReactNode;
  onChange: (part: Partial<ListState>) => void;
}) {
  const { t } = useTranslation();
  const { view } = lists;
  return (
    <Suspense fallback={<Lines rows={2} />}>
      <FilterPanel
        form={form}
        filter={state.filter}
        onFilter={(filter) => onChange({ filter })}
        result={result}
        extra={
          <>
            <SaveView form={form} state={state} view={view} onChosen={(made) => onChange({ view: made })}>
              <Button size="small">{t("records:view_save")}</Button>
            </SaveView>
            {view && lists.changed && <KeepView form={form} state={state} view={view} primary />}
          </>
        }
      />
    </Suspense>
  );
}
