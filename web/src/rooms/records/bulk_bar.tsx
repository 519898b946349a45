import { useTranslation } from "react-i18next";
import { format, Icon, Kbd, toast } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { Chosen, Row } from "./api";
import { BulkEdit } from "./bulk_edit";
import { useColumn } from "./cell";
import { copyText } from "./copy";
import { cellText, toTsv } from "./tsv";

/** What is selected: how many, their sum, and what can be done with them. */
export function BulkBar({
  form,
  rows,
  columns,
  sum,
  all,
  whole,
  onWhole,
  chosen,
  onClear,
}: {
  form: Form;
  rows: readonly Row[];
  columns: readonly string[];
  sum: string | null;
  /** how many the list has in all, and whether all of them are chosen */
  all: number | undefined;
  whole: boolean;
  onWhole: () => void;
  chosen: Chosen;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const column = useColumn(form);

  async function copy() {
    const shown = columns.flatMap((c) => column(c) ?? []);
    const words = { yes: t("yes"), no: t("no"), label };
    const cells = rows.map((row) => shown.map((c) => cellText(c.field, row[c.path], words)));
    await copyText(toTsv([shown.map((c) => c.text), ...cells]));
    toast({ text: t("records:copied", { n: rows.length, noun: form.noun }) });
  }

  return (
    <div className="bulk" role="toolbar" aria-label={t("records:selection")}>
      <b>{t("records:selected", { n: (whole ? (all ?? 0) : rows.length).toLocaleString("en"), noun: form.noun })}</b>
      {!whole && all !== undefined && all > rows.length && (
        <button type="button" className="bare" onClick={onWhole}>
          {t("records:select_whole", { n: all.toLocaleString("en"), noun: form.noun })}
        </button>
      )}
      {sum !== null && (
        <span>
          {t("records:summing")} {format.money(sum)}
        </span>
      )}
      <span className="bulk-line" />
      {form.may.includes("update") && form.owner && (
        <BulkEdit form={form} chosen={chosen} only={form.owner} onDone={onClear} />
      )}
      {form.may.includes("update") && <BulkEdit form={form} chosen={chosen} onDone={onClear} />}
      {!whole && (
        <button type="button" className="bare row" onClick={() => void copy()}>
          <Icon name="copy" size={15} />
          {t("records:copy_for_excel")}
        </button>
      )}
      <span className="bulk-line" />
      <button type="button" className="bare row" onClick={onClear}>
        {t("records:unselect")} <Kbd>Esc</Kbd>
      </button>
    </div>
  );
}
