import { usePhone } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { RecordAnswer } from "@/rooms/records";
import { Health } from "./health";
import { Rail } from "./rail";
import { Stream } from "./stream";
import { Terms } from "./terms";

/** The course of things around a record; `alone`: no rail stands beside it. */
export function Overview({
  form,
  record,
  alone,
  onAll,
}: {
  form: Form;
  record: RecordAnswer;
  alone: boolean;
  onAll: () => void;
}) {
  const phone = usePhone();
  return (
    <>
      {phone && <Health form={form} record={record} />}
      <Terms form={form} record={record} />
      {!phone && <Health form={form} record={record} />}
      <Stream form={form} record={record} />
      {alone && <Rail form={form} record={record} onAll={onAll} />}
    </>
  );
}
