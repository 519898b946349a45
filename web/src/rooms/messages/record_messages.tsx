import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Fetched } from "@/kit";
import { recordMessagesQuery } from "./api";
import { Detail } from "./detail";
import { MessageRow } from "./message_row";
import "./messages.css";

/** What left or will leave about one record; a row opens its exact text below it. */
export function RecordMessages({ form, id }: { form: string; id: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number | null>(null);
  const found = useQuery(recordMessagesQuery(form, id));
  return (
    <Fetched of={found} rows={4} none={found.data?.rows.length === 0 && <Empty>{t("messages:none_record")}</Empty>}>
      {(data) => (
        <div className="record-messages">
          {data.rows.map((one) => (
            <div key={one.id}>
              <MessageRow one={one} on={one.id === open} onOpen={() => setOpen(open === one.id ? null : one.id)} />
              {open === one.id && <Detail id={one.id} row={one} />}
            </div>
          ))}
        </div>
      )}
    </Fetched>
  );
}
