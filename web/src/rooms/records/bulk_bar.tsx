import { useTranslation } from "react-i18next";
import { format, Icon, Kbd, toast } from "@/kit";
import type { Form } from "@/rooms/forms";
import { isRef, type Row, refName } from "./api";
import { useColumn } from "./cell";

/** What is selected: how many, their sum, and what can be done with them. */
export function BulkBar({
  form,
  rows,
  columns,
  sum,
  onClear,
}: {
  form: Form;
  rows: readonly Row[];
  columns: readonly string[];
  sum: string | null;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  const column = useColumn(form);

  async function copy() {
    const shown = columns.flatMap((c) => column(c) ?? []);
    const cell = (row: Row, path: string, options: { key: string; label: string }[] | null | undefined) => {
      const value = row[path];
      if (value === null || value === undefined) return "";
      if (isRef(value)) return refName(value) ?? "";
      const text = options?.find((o) => o.key === value)?.label ?? String(value);
      // a pasted cell must stay a text, not become a formula
      return (/^[=+@\t]|^-(?![\d.]+$)/.test(text) ? "'" : "") + text.replace(/[\t\n\r]/g, " ");
    };
    const lines = [
      shown.map((c) => c.text).join("\t"),
      ...rows.map((row) => shown.map((c) => cell(row, c.path, c.field.options)).join("\t")),
    ];
    await navigator.clipboard.writeText(lines.join("\n"));
    toast({ text: t("records:copied", { n: rows.length, noun: form.noun }) });
  }

  return (
    <div className="bulk" role="toolbar" aria-label={t("records:selection")}>
      <b>{t("records:selected", { n: rows.length, noun: form.noun })}</b>
      {sum !== null && (
        <span>
          {t("records:summing")} {format.money(sum)}
        </span>
      )}
      <span className="bulk-line" />
      <button type="button" className="bare row" onClick={() => void copy()}>
        <Icon name="copy" size={15} />
        {t("records:copy_for_excel")}
      </button>
      <span className="bulk-line" />
      <button type="button" className="bare row" onClick={onClear}>
        {t("records:unselect")} <Kbd>Esc</Kbd>
      </button>
    </div>
  );
}
