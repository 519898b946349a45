import { Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { type Form, useLabel, valueKind } from "@/rooms/forms";
import type { ListKind, ListState } from "./state";

/** Table or board, and by which choice the board is laid out. */
export function KindButtons({
  form,
  kind,
  group,
  onChange,
}: {
  form: Form;
  kind: ListKind;
  group: string | null;
  onChange: (part: Partial<ListState>) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const choices = form.fields.filter((f) => valueKind(f) === "select" && f.grant !== "masked");
  if (!choices.length) return null;
  const usual = choices.find((f) => f.key === "status") ?? choices[0];
  return (
    <>
      {kind === "board" && (
        <Select
          value={group}
          aria-label={t("records:board_by")}
          prefix={<span className="grey">{t("records:board_by")}</span>}
          options={choices.map((f) => ({ value: f.key, label: label(f) }))}
          popupMatchSelectWidth={false}
          onChange={(by) => onChange({ group: by })}
        />
      )}
      <Segmented<ListKind>
        className="kind-buttons"
        value={kind}
        aria-label={t("records:kind")}
        options={[
          { value: "table", title: t("records:kind_table"), icon: <Icon name="list" size={15} /> },
          { value: "board", title: t("records:kind_board"), icon: <Icon name="board" size={15} /> },
        ]}
        onChange={(to) => {
          const by = choices.find((f) => f.key === group) ?? usual;
          onChange({ kind: to, group: to === "board" ? (by?.key ?? null) : null });
        }}
      />
    </>
  );
}
