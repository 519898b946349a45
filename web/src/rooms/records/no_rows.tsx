import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Empty, useClock } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import type { ListState } from "./state";
import { views } from "./views";

/** A list without rows says why, and what to do next. */
export function NoRows({
  form,
  state,
  importable,
  create,
  onChange,
}: {
  form: Form;
  state: ListState;
  importable: boolean;
  create: ReactNode;
  onChange: (part: Partial<ListState>) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const { today } = useClock();
  const navigate = useNavigate();
  // nothing ends within 60 days: perhaps within 90
  const soon = views(form, me.account, today).find((v) => v.key === "soon")?.filter;
  const wider = state.filter && state.filter === soon ? soon.replace("+ 60", "+ 90") : null;
  if (state.filter === "" && state.search === "")
    return (
      <Empty
        actions={
          <>
            {importable && <Button onClick={() => void navigate("/imports/new")}>{t("records:import")}</Button>}
            {create}
          </>
        }
      >
        {importable ? t("records:empty_import", { label: label(form) }) : t("records:empty", { label: label(form) })}
      </Empty>
    );
  return (
    <Empty
      actions={
        <>
          <Button onClick={() => onChange({ filter: "", search: "" })}>{t("records:clear_filter")}</Button>
          {wider && <Button onClick={() => onChange({ filter: wider })}>{t("records:widen_90")}</Button>}
        </>
      }
    >
      {state.search
        ? t("records:none_found", { text: state.search })
        : t(wider ? "records:none_soon" : "records:none_match", { label: label(form) })}
    </Empty>
  );
}
