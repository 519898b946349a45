import { Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import type { Form } from "@/rooms/forms";
import { useColumn } from "./cell";
import type { Waiting } from "./use_cells";

/** What cannot be pasted, cell by cell with the reason; the others are taken on demand. */
export function PasteSheet({
  form,
  waiting,
  onAnswer,
}: {
  form: Form;
  waiting: Waiting;
  onAnswer: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const column = useColumn(form);
  const { block, answer } = waiting;
  const whole = new Set(answer.refused.filter((one) => one.field === null || one.value === null).map((one) => one.row));
  const rest = block.cells.length * block.fields.length - answer.refused_count;
  return (
    <Modal
      open
      width={760}
      title={t("records:paste_title", { n: answer.refused_count })}
      onCancel={() => onAnswer(false)}
      footer={
        <>
          <Button onClick={() => onAnswer(false)}>{t("cancel")}</Button>
          <Button type="primary" disabled={rest <= 0} autoFocus onClick={() => onAnswer(true)}>
            {whole.size || rest <= 0 ? t("records:paste_others") : t("records:paste_rest", { n: rest })}
          </Button>
        </>
      }
    >
      <p className="grey-2">{t("records:paste_fact")}</p>
      <div className="paste-refused">
        <table>
          <thead>
            <tr>
              <th>{t("records:paste_row")}</th>
              <th>{t("records:paste_column")}</th>
              <th>{t("records:paste_value")}</th>
              <th>{t("records:paste_why")}</th>
            </tr>
          </thead>
          <tbody>
            {answer.refused.map((one) => {
              const text = one.field ? (column(one.field)?.text ?? one.field) : "";
              return (
                <tr key={`${one.row} ${one.field}`}>
                  <td className="nowrap">
                    {one.row} · {one.label ?? `#${one.id}`}
                  </td>
                  <td>{text}</td>
                  <td>{one.value}</td>
                  <td className="bad">{one.code === "records.paste_alone" ? t("records:paste_alone") : one.text}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {answer.refused_count > answer.refused.length && (
        <p className="grey">{t("records:paste_more", { n: answer.refused_count - answer.refused.length })}</p>
      )}
    </Modal>
  );
}
