import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { RecordAnswer } from "@/rooms/records";
import { AddRelated } from "@/rooms/records/add_related";
import { useTalk } from "@/rooms/records/quick_acts";
import { BeginAct } from "./begin";

/** In the head: what one does with a customer, the next step last and green. */
export function CentreActs({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const talk = useTalk(form);
  const [adding, setAdding] = useState(false);
  return (
    <>
      {talk && (
        <Button icon={<Icon name="chat" size={15} />} onClick={() => setAdding(true)}>
          {t("records:note_talk")}
        </Button>
      )}
      <BeginAct form={form} record={record} />
      {adding && talk && (
        <AddRelated child={talk.child} field={talk.field} record={record} onClose={() => setAdding(false)} />
      )}
    </>
  );
}
