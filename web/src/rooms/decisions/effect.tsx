import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { FieldError, format, Icon } from "@/kit";
import type { Effect, EffectCase } from "./api";
import type { DecisionTree } from "./model";

export interface Tried {
  found: Effect | null;
  error: string | null;
  busy: boolean;
  stamp: DecisionTree | null;
}
export const UNTRIED: Tried = { found: null, error: null, busy: false, stamp: null };

/** What the draft would have answered for the records of a year, beside the table in force. */
export function EffectPanel({ tree, tried, onTry }: { tree: DecisionTree; tried: Tried; onTry: () => void }) {
  const { t } = useTranslation();
  const { found } = tried;
  const can = Boolean(tree.form) && tree.inputs.every((one) => one.formula);
  const stale = found !== null && tried.stamp !== tree;
  const missing = found?.cases.filter((one) => one.drawn.length === 0) ?? [];
  const changed = found?.cases.filter((one) => one.drawn.length > 0) ?? [];
  return (
    <section className="decide-panel" aria-label={t("decisions:effect")}>
      <header>
        <h3>{t("decisions:effect")}</h3>
        <span className="grey small">
          {found && t(found.whole ? "decisions:effect_of" : "decisions:effect_part", { count: found.total })}
        </span>
      </header>
      {!can ? (
        <p className="grey">{t("decisions:effect_needs")}</p>
      ) : (
        <Button size="small" loading={tried.busy} onClick={onTry} icon={<Icon name="history" size={14} />}>
          {t(found ? "decisions:effect_again" : "decisions:effect_try")}
        </Button>
      )}
      {tried.error && <FieldError>{tried.error}</FieldError>}
      {found && (
        <div role="status" className={stale ? "decide-stale" : ""}>
          {stale && <p className="grey">{t("decisions:stale")}</p>}
          <dl className="decide-effect">
            {found.compared && <Line name={t("decisions:effect_same")} count={found.same} />}
            {found.compared && (
              <Line name={t("decisions:effect_changed")} count={changed.reduce((sum, one) => sum + one.count, 0)} />
            )}
            {found.otherwise > 0 && <Line name={t("decisions:effect_otherwise")} count={found.otherwise} />}
            <Line name={t("decisions:effect_missing")} count={found.missing} bad={found.missing > 0} />
          </dl>
          {[...missing, ...changed].slice(0, 6).map((one) => (
            <Case key={`${one.now?.join()}>${one.drawn.join()}`} form={found.form} one={one} />
          ))}
        </div>
      )}
    </section>
  );
}

function Line({ name, count, bad }: { name: string; count: number; bad?: boolean }) {
  return (
    <div className={bad ? "decide-bad" : ""}>
      <dt>{name}</dt>
      <dd>{format.number(count)}</dd>
    </div>
  );
}

function Case({ form, one }: { form: string; one: EffectCase }) {
  const { t } = useTranslation();
  const rows = (list: readonly number[]) =>
    list.length === 0
      ? t("decisions:effect_none")
      : list[0] === 0
        ? t("decisions:otherwise")
        : t("decisions:effect_rows", { rows: list.join("、") });
  return (
    <p className="small">
      {one.now === null ? rows(one.drawn) : t("decisions:effect_turn", { now: rows(one.now), drawn: rows(one.drawn) })}
      {t("decisions:effect_count", { count: one.count })}
      {one.some.map((record, i) => (
        <span key={record.id}>
          {i > 0 && t("decisions:effect_comma")}
          <Link to={`/r/${form}/${record.id}`}>{record.label}</Link>
        </span>
      ))}
    </p>
  );
}
