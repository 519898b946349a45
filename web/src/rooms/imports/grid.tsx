import { useMutation } from "@tanstack/react-query";
import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Icon, toast, useProblemText } from "@/kit";
import { type CellProblem, fixCell, type GridRow, skipRows } from "./api";

/** Rows of the file with their wrong cells marked; a cell is mended in place, one or all alike. */
export function Grid({
  id,
  rows,
  columns,
  onChanged,
}: {
  id: number;
  rows: readonly GridRow[];
  columns: readonly string[];
  onChanged: () => Promise<unknown>;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <table className="grid">
      <thead>
        <tr>
          <th scope="col">{t("imports:row")}</th>
          <th scope="col">{t("imports:verdict")}</th>
          {columns.map((c) => (
            <th key={c} scope="col">
              {c}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const errors = row.problems.filter((p) => p.severity === "error");
          const loose = row.problems.filter((p) => p.column === null || !columns.includes(p.column));
          return (
            <tr key={row.row} className={row.skip ? "skipped" : undefined}>
              <th scope="row">{row.row}</th>
              <td>
                {row.skip ? (
                  <Chip>{t("imports:skipped")}</Chip>
                ) : errors.length ? (
                  <Chip tone="urgent">{t("imports:wrong")}</Chip>
                ) : row.problems.length ? (
                  <Chip tone="warn">{t("imports:hint")}</Chip>
                ) : (
                  <Chip tone="brand">{t("imports:good")}</Chip>
                )}
                {loose.length > 0 && (
                  <span className="grid-loose small bad">{loose.map((p) => p.text ?? p.code).join("；")}</span>
                )}
              </td>
              {columns.map((c) => {
                const problem =
                  row.problems.find((p) => p.column === c && p.severity === "error") ??
                  row.problems.find((p) => p.column === c);
                const text = row.cells[c] ?? "";
                if (!problem || row.skip)
                  return (
                    <td key={c} className="grid-cell" title={text}>
                      {text || <span className="grey">—</span>}
                    </td>
                  );
                const key = `${row.row}.${c}`;
                return (
                  <td key={c} className={`grid-cell grid-${problem.severity}`}>
                    <Popover
                      trigger="click"
                      placement="bottomLeft"
                      destroyOnHidden
                      open={open === key}
                      onOpenChange={(on) => setOpen(on ? key : null)}
                      content={
                        <Mend
                          id={id}
                          row={row}
                          column={c}
                          problem={problem}
                          onDone={async () => {
                            setOpen(null);
                            await onChanged();
                          }}
                        />
                      }
                    >
                      <button type="button" className="bare grid-button" title={problem.text}>
                        {text || t("imports:blank")}
                      </button>
                    </Popover>
                  </td>
                );
              })}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Mend({
  id,
  row,
  column,
  problem,
  onDone,
}: {
  id: number;
  row: GridRow;
  column: string;
  problem: CellProblem;
  onDone: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const old = row.cells[column] ?? "";
  const [text, setText] = useState(old);
  const fix = useMutation({
    mutationFn: (all: boolean) => fixCell(id, all ? { column, old, new: text } : { column, row: row.row, new: text }),
    onSuccess: async ({ count }) => {
      toast({ text: t("imports:mended", { count }) });
      await onDone();
    },
  });
  const skip = useMutation({ mutationFn: () => skipRows(id, [row.row], true), onSuccess: onDone });
  return (
    <form
      className="mend"
      onSubmit={(e) => {
        e.preventDefault();
        fix.mutate(false);
      }}
    >
      <p className="row">
        <Icon
          name={problem.severity === "error" ? "bang" : "warning"}
          size={16}
          style={{ color: problem.severity === "error" ? "var(--urgent)" : "var(--warn)" }}
        />
        <b>{t("imports:where", { row: row.row, column })}</b>
      </p>
      <p>{problem.text ?? problem.code}</p>
      <div className="row">
        <Input autoFocus value={text} aria-label={t("imports:new_value")} onChange={(e) => setText(e.target.value)} />
        <Button type="primary" htmlType="submit" loading={fix.isPending} disabled={text === old}>
          {t("imports:mend")}
        </Button>
        <Button loading={skip.isPending} onClick={() => skip.mutate()}>
          {t("imports:skip_row")}
        </Button>
      </div>
      {old && (
        <Button type="link" size="small" disabled={text === old} onClick={() => fix.mutate(true)}>
          {t("imports:mend_all", { old })}
        </Button>
      )}
      {fix.isError && <p className="bad">{problemText(fix.error)}</p>}
    </form>
  );
}
