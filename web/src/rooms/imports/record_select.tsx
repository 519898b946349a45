import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import { useForm } from "@/rooms/forms";
import type { Page } from "@/rooms/records";

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
  onChange: (id: number | null) => void;
}) {
  const { t } = useTranslation();
  const form = useForm(props.form);
  const title = form?.title;
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const needle = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: keys.choices(props.form, needle),
    queryFn: ({ signal }) =>
      api.post<Page>(
        `/forms/${props.form}/page`,
        { search: needle || null, columns: title ? [title] : [], limit: 20 },
        signal,
      ),
    enabled: open && form !== undefined,
    staleTime: 30_000,
  });
  const rows = (found.data?.rows ?? []).map((row) => ({
    id: row.id,
    label: title && row[title] ? String(row[title]) : `#${row.id}`,
  }));
  const all = [...(props.value ? [props.value] : []), ...(needle ? [] : props.first), ...rows];
  const known = [...new Map(all.map((one) => [one.id, one])).values()];
  // two of one name are told apart by their numbers
  const twice = (one: Known) => known.some((other) => other.id !== one.id && other.label === one.label);
  const options = known.map((one) => ({ value: one.id, label: twice(one) ? `${one.label} #${one.id}` : one.label }));
  return (
    <Select
      allowClear
      value={props.value?.id ?? null}
      aria-label={props.label}
      placeholder={t("imports:zip_choose_record")}
      options={options}
      loading={found.isFetching}
      showSearch={{ filterOption: false, onSearch: setText }}
      onOpenChange={setOpen}
      onChange={(id: number | undefined) => props.onChange(id ?? null)}
    />
  );
}
