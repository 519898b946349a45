import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useChoices } from "@/rooms/records/use_choices";

interface Known {
  id: number;
  label: string;
}

/** One record of a form by what it is called; those that were proposed stand first. */
export function RecordSelect(props: {
  form: string;
  value: Known | null;
  first: readonly Known[];
  label: string;
  /** instead of 选择记录 */
  hint?: string;
  onChange: (id: number | null) => void;
}) {
  const { t } = useTranslation();
  const choices = useChoices(props.form);
  const title = choices.form?.title;
  const rows = choices.rows.map((row) => ({
    id: row.id,
    label: title && row[title] ? String(row[title]) : `#${row.id}`,
  }));
  const all = [...(props.value ? [props.value] : []), ...(choices.needle ? [] : props.first), ...rows];
  const known = [...new Map(all.map((one) => [one.id, one])).values()];
  // two of one name are told apart by their numbers
  const twice = (one: Known) => known.some((other) => other.id !== one.id && other.label === one.label);
  const options = known.map((one) => ({ value: one.id, label: twice(one) ? `${one.label} #${one.id}` : one.label }));
  return (
    <Select
      allowClear
      value={props.value?.id ?? null}
      aria-label={props.label}
      placeholder={props.hint ?? t("imports:zip_choose_record")}
      options={options}
      loading={choices.fetching}
      showSearch={choices.search}
      onOpenChange={choices.onOpenChange}
      onChange={(id: number | undefined) => props.onChange(id ?? null)}
    />
  );
}
