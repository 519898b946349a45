import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failure, Lines } from "@/kit";
import { recordMessagesQuery } from "./api";
import { Detail } from "./detail";
import { MessageRow } from "./message_row";
import "./messages.css";

/** What left or will leave about one record; a row opens its exact text below it. */
export function RecordMessages({ form, id }: { form: string; id: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number | null>(null);
  const found = useQuery(recordMessagesQuery(form, id));
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Lines rows={4} />;
  if (found.data.rows.length === 0) return <Empty>{t("messages:none_record")}</Empty>;
  return (
    <div className="record-messages">
      {found.data.rows.map((one) => (
        <div key={one.id}>
          <MessageRow one={one} on={one.id === open} onOpen={() => setOpen(open === one.id ? null : one.id)} />
          {open === one.id && <Detail id={one.id} row={one} />}
        </div>
      ))}
    </div>
  );
}
