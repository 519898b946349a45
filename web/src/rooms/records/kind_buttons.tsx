import { Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { canGroup, fits, type ListKind, type ListState } from "./state";

/** Table, board, calendar or gallery, and by which field it is laid out. */
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
  const shown = form.fields.filter((f) => f.grant !== "masked");
  const by = (to: ListKind) => shown.filter((f) => (to === "table" ? canGroup(f) : fits(to, f)));
  const usual = (to: ListKind) =>
    by(to).find((f) => f.key === group) ?? by(to).find((f) => ["status", "end_date"].includes(f.key)) ?? by(to)[0];
  const kinds = (["table", "board", "calendar", "gallery"] as const).filter(
    (to) => to === "table" || to === "gallery" || by(to).length > 0,
  );
  const choices = by(kind);
  const loose = kind === "table" || kind === "gallery"; // it needs no field
  return (
    <>
      {choices.length > 0 && (
        <Select
          allowClear={loose}
          value={group}
          {...(loose && group ? { className: "tinted" } : {})}
          aria-label={t(kind === "table" ? "records:group" : `records:${kind}_by`)}
          placeholder={t(kind === "table" ? "records:group" : `records:${kind}_by`)}
          prefix={
            kind === "table" ? <Icon name="group" size={15} /> : <span className="grey">{t(`records:${kind}_by`)}</span>
          }
          options={choices.map((f) => ({
            value: f.key,
            label: label(f),
            by: t("records:group_by", { label: label(f) }),
          }))}
          {...(kind === "table" ? { optionLabelProp: "by" } : {})}
          popupMatchSelectWidth={false}
          onChange={(field) => onChange({ group: field ?? null })}
        />
      )}
      <Segmented<ListKind>
        className="kind-buttons"
        value={kind}
        aria-label={t("records:kind")}
        options={kinds.map((to) => ({
          value: to,
          title: t(`records:kind_${to}`),
          icon: <Icon name={ICONS[to]} size={15} />,
        }))}
        onChange={(to) => onChange({ kind: to, group: to === "table" ? null : (usual(to)?.key ?? null) })}
      />
    </>
  );
}
const ICONS = { table: "list", board: "board", calendar: "calendar", gallery: "gallery" } as const;
