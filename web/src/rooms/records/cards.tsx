import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Form, useForms, useLabel, valueKind } from "@/rooms/forms";
import { isRef, type Row, refName } from "./api";
import { Cell, titleOf, useColumn } from "./cell";
import { HeldMark } from "./held_mark";
import type { Hold } from "./plan_api";
import { counting, daysLeftOf, defaultColumns, isScore, relatedScore } from "./state";

/** The fields of a card: the first relation as its head, money beside it, the rest as chips and one grey line. */
export function cardFields(form: Form): string[] {
  const days = form.fields.filter((f) => daysLeftOf(f) !== null).map((f) => f.key);
  const told = form.card?.length ? form.card : defaultColumns(form).slice(0, 6);
  return [...new Set([...told, ...days])];
}

/** What a card tells: whose it is and how much, which, how near and in what state. `without`: what its place tells. */
export function useCardBody(form: Form, without?: string): (row: Row, hold?: Hold) => ReactNode {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const column = useColumn(form);
  const fields = cardFields(form).flatMap((k) => form.fields.find((f) => f.key === k) ?? []);
  const relation = fields.find((f) => f.kind === "relation");
  const money = fields.find((f) => valueKind(f) === "money");
  const days = fields.find((f) => daysLeftOf(f) !== null);
  const chips = fields.filter((f) => f.kind === "select" && f.key !== without);
  const scorePath = fields.find(isScore)?.key ?? relatedScore(form, forms);
  const score = scorePath && without === undefined ? column(scorePath)?.field : undefined;
  const grey = fields.filter(
    (f) => ![relation, money, days, score, ...chips].includes(f) && ![form.title, without].includes(f.key),
  );
  return (row, hold) => {
    const ref = relation ? row[relation.key] : null;
    const left = days && row[days.key] != null && counting(days, row);
    const last = left || score || chips.some((f) => row[f.key] != null);
    return (
      <>
        <span className="row">
          <b className="cut spread">{isRef(ref) ? (refName(ref) ?? t("no_right")) : titleOf(form, row)}</b>
          <HeldMark hold={hold} />
          {money && (
            <b>
              <Cell field={money} value={row[money.key]} row={row} />
            </b>
          )}
        </span>
        <span className="grey-2 card-grey">
          {relation && <span className="mono">{titleOf(form, row)}</span>}
          {grey.map((f) => {
            const value = row[f.key];
            if (value === null || value === undefined) return null;
            const name = f.kind === "person" && isRef(value) ? refName(value) : null;
            return (
              <span key={f.key} className="cut">
                {name ?? <Cell field={f} value={value} row={row} />}
              </span>
            );
          })}
        </span>
        {last && (
          <span className="row card-last">
            {left && <Cell field={days} value={row[days.key]} row={row} />}
            {chips.map((f) => row[f.key] != null && <Cell key={f.key} field={f} value={row[f.key]} row={row} chip />)}
            <span className="spread" />
            {score && scorePath && (
              <span className="row grey-2">
                {label(score)} <Cell field={score} value={row[scorePath]} row={row} />
              </span>
            )}
          </span>
        )}
      </>
    );
  };
}

const monthOf = (value: unknown) => (typeof value === "string" ? value.slice(0, 7) : null);

export function Cards({
  form,
  rows,
  held,
  heads,
  onOpen,
}: {
  form: Form;
  rows: readonly Row[];
  held: ReadonlyMap<number, Hold>;
  /** rows by the months of a date: the head of each month above its first */
  heads?: { by: string; head: (month: string | null) => ReactNode } | undefined;
  onOpen: (row: Row) => void;
}) {
  const body = useCardBody(form);
  return (
    <ul className="cards">
      {rows.map((row, at) => {
        const month = heads && monthOf(row[heads.by]);
        const begins = heads && (at === 0 || month !== monthOf(rows[at - 1]?.[heads.by]));
        return (
          <li key={row.id}>
            {begins && heads.head(month ?? null)}
            <button type="button" className="card-item" onClick={() => onOpen(row)}>
              {body(row, held.get(row.id))}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
