import { Button, InputNumber } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, format, Icon, SmallTable } from "@/kit";
import { useForm } from "@/rooms/forms";
import type { Backtest, Figures } from "./api";
import { one, share, thresholdOf, verdict } from "./backtest_model";
import type { RuleTree } from "./model";
import { RUN_WORDS } from "./words";

/** The rule beside the same one with another limit. */
export function BacktestCompare({
  tree,
  run,
  busy,
  blocked,
  onCompare,
}: {
  tree: RuleTree;
  run: Backtest;
  busy: boolean;
  blocked: boolean;
  onCompare: (other: RuleTree) => void;
}) {
  const { t } = useTranslation();
  const form = useForm(run.form);
  const now = thresholdOf(tree);
  const [typed, setTyped] = useState<string | null>(null);
  const [first, second] = run.results;
  const name = (definition: unknown) => {
    const found = thresholdOf(definition as RuleTree);
    return found ? `${t(`rules:run_${RUN_WORDS[found.op]}`)} ${found.limit}` : "—";
  };
  const proposal = now ? String(Math.round(Number(now.limit) * 0.9 * 100) / 100) : "";
  const wanted = typed ?? (second ? (thresholdOf(second.definition as unknown as RuleTree)?.limit ?? "") : proposal);
  const may = now !== null && wanted !== "" && wanted !== now.limit && !blocked;
  const told = first && second ? verdict(first.figures, second.figures) : null;
  const other = second ? name(second.definition) : "";
  return (
    <Card title={t("rules:compare")} className="rule-compare">
      {now ? (
        <div className="row">
          <span>{t("rules:compare_with", { how: t(`rules:run_${RUN_WORDS[now.op]}`) })}</span>
          <InputNumber
            aria-label={t("rules:compare_limit")}
            className="rule-far"
            stringMode
            value={wanted}
            onChange={(value) => setTyped(value === null ? "" : String(value))}
            onPressEnter={() => may && onCompare(now.put(wanted))}
          />
          <Button size="small" disabled={!may} loading={busy} onClick={() => onCompare(now.put(wanted))}>
            {t("rules:compare_go")}
          </Button>
        </div>
      ) : (
        <p className="grey small">{t("rules:compare_none")}</p>
      )}
      {now && !second && <p className="grey small">{t("rules:compare_about")}</p>}
      {first && second && (
        <>
          <SmallTable
            columns={[
              { sr: t("rules:figure") },
              { right: name(first.definition) },
              { right: other },
              { right: t("rules:difference") },
            ]}
          >
            {ROWS.map((row) => (
              <tr key={row.key}>
                <td>{t(`rules:row_${row.key}`)}</td>
                <td className="right">
                  <b>{row.shown(first.figures)}</b>
                </td>
                <td className="right">{row.shown(second.figures)}</td>
                <td className="right grey">
                  <Difference row={row} first={first.figures} second={second.figures} noun={form?.noun ?? ""} />
                </td>
              </tr>
            ))}
          </SmallTable>
          {told && (
            <p className="notice notice-warn rule-verdict">
              <Icon name="spark" size={15} />
              <span>{t(`rules:verdict_${told.key}`, { which: other, n: told.n, noun: form?.noun ?? "" })}</span>
            </p>
          )}
        </>
      )}
    </Card>
  );
}

interface Row {
  key: "firings" | "precision" | "recall" | "lead" | "tasks";
  of: (f: Figures) => number | null;
  shown: (f: Figures) => string;
  /** a share: told in percentage points */
  points?: true;
}
const ROWS: readonly Row[] = [
  { key: "firings", of: (f) => f.firings, shown: (f) => String(f.firings) },
  { key: "precision", of: (f) => f.precision, shown: (f) => share(f.precision), points: true },
  { key: "recall", of: (f) => f.recall, shown: (f) => share(f.recall), points: true },
  { key: "lead", of: (f) => f.lead_days, shown: (f) => one(f.lead_days) },
  { key: "tasks", of: (f) => f.tasks_per_week, shown: (f) => one(f.tasks_per_week) },
];

function Difference({ row, first, second }: { row: Row; first: Figures; second: Figures; noun: string }) {
  const { t } = useTranslation();
  const [a, b] = [row.of(first), row.of(second)];
  if (a === null || b === null) return <>{format.BLANK}</>;
  const n = Math.round((row.points ? (b - a) * 100 : b - a) * 10) / 10;
  if (n === 0) return <>{t("rules:alike")}</>;
  return <>{t(`rules:${n > 0 ? "more" : "less"}_${row.key}`, { n: Math.abs(n) })}</>;
}
