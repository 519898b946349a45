import { Input, type InputRef } from "antd";
import { type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";

/** What is sought in a list; says what the address says, also when a view or 「清空筛选」 changed it. */
export function SearchBox({
  search,
  box,
  className,
  onSearch,
}: {
  search: string;
  box?: RefObject<InputRef | null>;
  className?: string;
  onSearch: (search: string) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(search);
  useEffect(() => setText(search), [search]);
  return (
    <Input
      {...(box ? { ref: box } : {})}
      {...(className ? { className } : {})}
      allowClear
      prefix={<Icon name="search" size={className ? 14 : 16} style={{ color: "var(--text-3)" }} />}
      placeholder={t("records:search")}
      aria-label={t("records:search")}
      maxLength={100}
      value={text}
      onChange={(e) => {
        setText(e.target.value);
        if (!e.target.value) onSearch("");
      }}
      onPressEnter={(e) => !e.nativeEvent.isComposing && onSearch(text.trim())}
    />
  );
}
