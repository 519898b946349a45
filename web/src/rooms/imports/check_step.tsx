import { useMutation, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, Problem, queryClient } from "@/api";
import { Empty, Fetched, format, Icon, Notice, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import {
  type Answer,
  type Choice,
  dryRun,
  type ImportAnswer,
  type ProblemKind,
  type Report,
  rowsQuery,
  runImport,
} from "./api";
import { Effects } from "./effects";
import { Grid } from "./grid";
import { usedColumns } from "./mapping_model";

/** Third step: what the import would do, and every cell that stands in its way. */
export function CheckStep({
  one,
  report,
  onBack,
  onChanged,
}: {
  one: ImportAnswer;
  report: Report;
  onBack: () => void;
  onChanged: () => Promise<unknown>;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const problemText = useProblemText();
  const stale = one.state !== "checked";
  // each dry run is another question
  const stamp = report.seconds * 1000 + report.good + report.bad * 7;
  const [choice, setChoice] = useState<Choice>({
    only: report.bad ? "error" : report.problems.length ? "hint" : "all",
  });
  const [after, setAfter] = useState<number[]>([0]);
  const [answer, setAnswer] = useState<Answer>(one.answer);
  const form = forms.find((f) => f.key === report.main);
  const rows = useQuery(rowsQuery(one.id, choice, after.at(-1) ?? 0));
  const recheck = useMutation({ mutationFn: () => dryRun(one.id), onSuccess: onChanged });
  const run = useMutation({
    mutationFn: () => runImport(one.id, report.bad > 0, answer),
    // what it would set off may still be counted: the import waits for that instead of asking to press again
    retry: (failures, error) => failures < 30 && error instanceof Problem && error.code === "kernel.busy",
    retryDelay: 1500,
    onSuccess: onChanged,
  });
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: [...keys.import(one.id), "rows"] });
    await onChanged();
  };
  const pick = (next: Choice) => {
    setChoice(next);
    setAfter([0]);
  };
  const errors = report.problems.filter((p) => p.severity === "error");
  const hints = report.problems.filter((p) => p.severity === "hint");
  const main = report.targets.find((x) => x.main) ?? report.targets[0];
  const used = usedColumns(one.mapping);
  const columns = [
    ...one.about.columns.filter((c) => used.has(c.name)),
    ...one.about.columns.filter((c) => !used.has(c.name)),
  ].map((c) => c.name);
  const sumField = form?.fields.find((f) => f.key in report.sums);
  const keyNames = report.key.map((k) => label(form?.fields.find((f) => f.key === k) ?? { label: k })).join("、");

  return (
    <>
      <section className="card check-sum">
        <Icon name={stale ? "warning" : "tick"} size={18} style={{ color: stale ? "var(--warn)" : "var(--brand)" }} />
        <div>
          <b>{stale ? t("imports:stale") : t("imports:checked")}</b>
          <p className="grey-2">
            {t("imports:took", { seconds: report.seconds })}
            {keyNames && ` · ${t("imports:by_key", { key: keyNames })}`}
          </p>
        </div>
        <span className="spread" />
        <dl className="check-figures">
          <Figure value={main?.created ?? 0} name={t("imports:will_create")} />
          <Figure value={main?.updated ?? 0} name={t("imports:will_update")} />
          <Figure value={main?.unchanged ?? 0} name={t("imports:unchanged")} pale />
          <Figure value={report.bad} name={t("imports:with_errors")} bad={report.bad > 0} />
          {report.skipped > 0 && <Figure value={report.skipped} name={t("imports:left_out")} pale />}
          {report.targets
            .filter((x) => x !== main && x.created > 0)
            .map((x) => (
              <Figure key={x.form} value={x.created} name={t("imports:new_of", { label: x.label })} />
            ))}
          {sumField && (
            <div>
              <dd>{format.money(report.sums[sumField.key])}</dd>
              <dt>{t("imports:sum_of", { label: label(sumField) })}</dt>
            </div>
          )}
        </dl>
      </section>
      <div className="check">
        <section className="card card-flush check-kinds" aria-label={t("imports:problems")}>
          <div className="card-head">
            <h2>{t("imports:problems")}</h2>
          </div>
          <div className="list-scroll">
            {report.problems.length === 0 && <Empty>{t("imports:no_problems")}</Empty>}
            {errors.length > 0 && <p className="check-part">{t("imports:errors_of", { count: report.bad })}</p>}
            {errors.map((p) => (
              <Kind
                key={`${p.code}.${p.form}.${p.field}.${p.position}`}
                kind={p}
                one={one}
                choice={choice}
                onPick={pick}
              />
            ))}
            {hints.length > 0 && (
              <p className="check-part">{t("imports:hints_of", { count: hints.reduce((n, p) => n + p.rows, 0) })}</p>
            )}
            {hints.map((p) => (
              <Kind
                key={`${p.code}.${p.form}.${p.field}.${p.position}`}
                kind={p}
                one={one}
                choice={choice}
                onPick={pick}
              />
            ))}
          </div>
          <p className="grey check-note row">
            <Icon name="info" size={15} />
            {t("imports:undo_note")}
          </p>
        </section>
        <section className="card card-flush check-grid">
          <div className="check-tabs row">
            {(["error", "hint", "all"] as const).map((only) => (
              <Button
                key={only}
                size="small"
                className={
                  choice.only === only && !choice.code
                    ? only === "error" && report.bad
                      ? "tinted-bad"
                      : "tinted"
                    : undefined
                }
                onClick={() => pick({ only })}
              >
                {t(`imports:only_${only}`, {
                  n: (only === "all"
                    ? report.rows
                    : only === "error"
                      ? report.bad
                      : hints.reduce((n, p) => n + p.rows, 0)
                  ).toLocaleString("en"),
                })}
              </Button>
            ))}
            <span className="spread" />
            <span className="grey">{t("imports:fix_how")}</span>
          </div>
          <div className="list-scroll">
            <Fetched of={rows} rows={10} none={rows.data?.length === 0 && <Empty>{t("imports:no_rows")}</Empty>}>
              {(found) => <Grid id={one.id} rows={found} columns={columns} onChanged={refresh} />}
            </Fetched>
          </div>
          <p className="check-pages row grey">
            {rows.data && rows.data.length > 0 && (
              <span>
                {t("imports:rows_shown", {
                  from: rows.data[0]?.row ?? 0,
                  to: rows.data.at(-1)?.row ?? 0,
                  n: rows.data.length,
                })}
              </span>
            )}
            {after.length > 1 && (
              <Button size="small" onClick={() => setAfter(after.slice(0, -1))}>
                {t("imports:earlier")}
              </Button>
            )}
            {rows.data?.length === 100 && (
              <Button size="small" onClick={() => setAfter([...after, rows.data?.at(-1)?.row ?? 0])}>
                {t("imports:further")}
              </Button>
            )}
            <span className="spread" />
            {t("imports:file_untouched")}
          </p>
        </section>
      </div>
      {!stale && report.good > 0 && <Effects id={one.id} stamp={stamp} answer={answer} onAnswer={setAnswer} />}
      {(recheck.isError || run.isError) && (
        <Notice tone="urgent" icon="bang">
          {problemText(recheck.error ?? run.error)}
        </Notice>
      )}
      <footer className="wizard-foot">
        <Button icon={<Icon name="leftward" size={14} />} onClick={onBack}>
          {t("people:previous")}
        </Button>
        <span className="spread" />
        <Button
          icon={<Icon name="refresh" size={14} />}
          type={stale ? "primary" : "default"}
          loading={recheck.isPending}
          onClick={() => recheck.mutate()}
        >
          {t("imports:recheck")}
        </Button>
        {!stale && (
          <Button type="primary" loading={run.isPending} disabled={report.good === 0} onClick={() => run.mutate()}>
            {report.bad
              ? t("imports:run_skipping", {
                  bad: report.bad.toLocaleString("en"),
                  good: report.good.toLocaleString("en"),
                })
              : t("imports:run", { good: report.good.toLocaleString("en") })}
          </Button>
        )}
      </footer>
    </>
  );
}

function Figure({
  value,
  name,
  bad = false,
  pale = false,
}: {
  value: number;
  name: string;
  bad?: boolean;
  pale?: boolean;
}) {
  return (
    <div>
      <dd className={bad ? "bad" : pale ? "grey" : undefined}>{value.toLocaleString("en")}</dd>
      <dt>{name}</dt>
    </div>
  );
}

function Kind({
  kind,
  one,
  choice,
  onPick,
}: {
  kind: ProblemKind;
  one: ImportAnswer;
  choice: Choice;
  onPick: (choice: Choice) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const field = forms.find((f) => f.key === kind.form)?.fields.find((f) => f.key === kind.field);
  const column = one.about.columns.find((c) => c.position === kind.position)?.name;
  const on = choice.code === kind.code && choice.field === kind.field;
  const name = t(`imports:kind_${kind.code.replace(/^imports\./, "")}`, { defaultValue: kind.text ?? kind.code });
  return (
    <button
      type="button"
      className={on ? "kind on" : "kind"}
      aria-pressed={on}
      onClick={() => onPick(on ? { only: kind.severity } : { only: kind.severity, code: kind.code, field: kind.field })}
    >
      <Icon
        name={kind.severity === "error" ? "bang" : "warning"}
        size={16}
        style={{ color: kind.severity === "error" ? "var(--urgent)" : "var(--warn)" }}
      />
      <span className="cut">
        <b>{name}</b>
        <span className="grey-2 small cut">
          {[column ?? (field ? label(field) : ""), (kind.samples ?? []).map((s) => `「${s}」`).join("")]
            .filter(Boolean)
            .join("：")}
        </span>
      </span>
      <span className="grey-2">{kind.rows.toLocaleString("en")}</span>
    </button>
  );
}
