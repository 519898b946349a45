import { useQuery } from "@tanstack/react-query";
import { InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Fetched, SmallTable } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { type Instead, type Kind, kindsQuery, type ScriptLine } from "./api";
import { setLine } from "./model";

/** The script: per kind of task after how many days it is done and how it ends; a blank one is not done. */
export function Script({
  lines,
  instead,
  onChange,
}: {
  lines: ScriptLine[];
  instead: Instead | null;
  onChange: (lines: ScriptLine[]) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const kinds = useQuery(kindsQuery(instead));
  const lineOf = (kind: Kind) => lines.find((l) => l.form === kind.form && l.key === kind.key);
  return (
    <Fetched of={kinds} rows={4}>
      {(all) => (
        <SmallTable columns={[t("simulations:kind"), t("simulations:script_days"), t("simulations:script_by")]}>
          {all.map((kind) => {
            const line = lineOf(kind);
            const outcome = line?.outcome ?? kind.outcomes[0]?.key ?? null;
            return (
              <tr key={`${kind.form}.${kind.key}`}>
                <td>{label(kind)}</td>
                <td>
                  <InputNumber<number>
                    size="small"
                    min={0}
                    max={366}
                    value={line?.days ?? null}
                    placeholder={t("simulations:script_not")}
                    aria-label={t("simulations:script_line", { kind: label(kind) })}
                    onChange={(days) => onChange(setLine(lines, kind, days, outcome))}
                  />
                </td>
                <td>
                  {kind.outcomes.length > 0 && (
                    <Select
                      size="small"
                      style={{ width: 140 }}
                      disabled={!line}
                      value={outcome}
                      aria-label={t("simulations:script_outcome", { kind: label(kind) })}
                      options={kind.outcomes.map((o) => ({ value: o.key, label: label(o) }))}
                      onChange={(next) => line && onChange(setLine(lines, kind, line.days, next))}
                    />
                  )}
                </td>
              </tr>
            );
          })}
        </SmallTable>
      )}
    </Fetched>
  );
}
