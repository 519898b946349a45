import { useQuery } from "@tanstack/react-query";
import { DatePicker, Select } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/rooms/forms";
import { RecordSelect } from "@/rooms/imports/record_select";
import { type Channel, filtersQuery } from "./api";
import type { Asked } from "./model";

/** By channel, template, customer and day; all of it stands in the address. */
export function Filters({
  asked,
  channels,
  onChange,
}: {
  asked: Asked;
  channels: readonly Channel[];
  onChange: (name: "channel" | "template" | "customer" | "day", value: string | null) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const known = useQuery(filtersQuery).data;
  return (
    <div className="outbox-filters">
      <Select
        allowClear
        aria-label={t("messages:filter_channel")}
        placeholder={t("messages:filter_channel")}
        value={asked.channel ?? null}
        options={channels
          .filter((one) => one.key !== "in_app")
          .map((one) => ({ value: one.key, label: t(`messages:channel_${one.key}`) }))}
        onChange={(value?: string) => onChange("channel", value ?? null)}
      />
      <Select
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("messages:filter_template")}
        placeholder={t("messages:filter_template")}
        value={asked.template ?? null}
        options={(known?.templates ?? []).map((one) => ({ value: one.key, label: label(one) }))}
        onChange={(value?: string) => onChange("template", value ?? null)}
      />
      {known?.customer_form && (
        <RecordSelect
          form={known.customer_form}
          value={asked.customer ? { id: asked.customer, label: `#${asked.customer}` } : null}
          first={[]}
          label={t("messages:filter_customer")}
          hint={t("messages:filter_customer")}
          onChange={(id) => onChange("customer", id === null ? null : String(id))}
        />
      )}
      <DatePicker
        aria-label={t("messages:filter_day")}
        placeholder={t("messages:filter_day")}
        value={asked.day ? dayjs(asked.day) : null}
        onChange={(value) => onChange("day", value ? value.format("YYYY-MM-DD") : null)}
      />
    </div>
  );
}
