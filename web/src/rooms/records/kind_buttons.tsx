import { Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { type Form, useLabel, valueKind } from "@/rooms/forms";
import { canGroup, type ListKind, type ListState } from "./state";

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
  const groups = form.fields.filter((f) => canGroup(f) && f.grant !== "masked");
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
      {kind === "table" && groups.length > 0 && (
        <Select
          allowClear
          value={group}
          className={group ? "tinted" : undefined}
          aria-label={t("records:group")}
          placeholder={t("records:group")}
          prefix={<Icon name="group" size={15} />}
          options={groups.map((f) => ({ value: f.key, label: label(f) }))}
          popupMatchSelectWidth={false}
          onChange={(by) => onChange({ group: by ?? null })}
        />
      )}
      {choices.length > 0 && (
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
      )}
    </>
  );
}
