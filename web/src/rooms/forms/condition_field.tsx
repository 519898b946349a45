import { useQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { format } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { countQuery } from "@/rooms/records";
import { FilterPanel } from "@/rooms/records/filter_panel";
import { type Form, useForm } from "./api";
import type { FormTree } from "./form_tree";
import "@/rooms/records/list.css";
import { FormulaField, type Sample } from "./formula_field";

/** A condition of yes or no: as text here, as rows in a dialog once the form is published. */
export function ConditionField(props: {
  id: string;
  label: string;
  tree: FormTree;
  value: string;
  onChange: (text: string) => void;
  problem: DesignProblem | null;
  sample: Sample | null;
}) {
  const { t } = useTranslation();
  const form = useForm(props.tree.form);
  const [open, setOpen] = useState(false);
  return (
    <div>
      <FormulaField {...props} />
      {form && (
        <Button size="small" type="link" className="flat" onClick={() => setOpen(true)}>
          {t("forms:as_rows_of", { label: props.label })}
        </Button>
      )}
      {open && form && (
        <RowsDialog
          form={form}
          title={props.label}
          value={props.value}
          onClose={() => setOpen(false)}
          onDone={(text) => {
            props.onChange(text);
            setOpen(false);
          }}
        />
      )}
    </div>
  );
}

function RowsDialog({
  form,
  title,
  value,
  onClose,
  onDone,
}: {
  form: Form;
  title: string;
  value: string;
  onClose: () => void;
  onDone: (text: string) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const money = form.fields.find((f) => f.kind === "money")?.key;
  const count = useQuery(countQuery(form.key, { filter: text, search: "" }, money ? [money] : []));
  const sum = money ? count.data?.sums[money] : null;
  const result = count.data
    ? t("forms:fits", { count: count.data.count, noun: form.noun }) +
      (sum ? t("forms:fits_sum", { sum: format.money(sum) }) : "")
    : "";
  return (
    <Modal
      open
      width={720}
      title={title}
      okText={t("forms:take_condition")}
      cancelText={t("cancel")}
      onCancel={onClose}
      onOk={() => onDone(text)}
    >
      <FilterPanel form={form} filter={text} onFilter={setText} result={result} />
    </Modal>
  );
}
