import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api";
import { FieldError, Icon } from "@/kit";
import { complete, faultOf, hintAt, operatorsQuery, textOf, treeOf, type Where } from "./api";
import { AddRow, Rows } from "./condition_rows";
import type { Find } from "./condition_value";
import { type Choice, EMPTY, firstRow, type Group, said } from "./conditions";
import { type Fault, FormulaEditor } from "./editor";
import "./conditions.css";

const REST_MS = 300;

/** A condition as rows; the same text as a formula where it has no rows, or where somebody prefers it. */
export function ConditionBuilder({
  id,
  label,
  where,
  choices,
  find,
  value,
  onChange,
  result,
  empty = "",
  written,
  extra,
}: {
  id: string;
  label: string;
  where: Where;
  choices: readonly Choice[];
  find: Find;
  value: string;
  onChange: (text: string) => void;
  /** what fits */
  result?: ReactNode;
  /** the text of no condition at all */
  empty?: string;
  /** how the text is edited, if not by the editor alone */
  written?: ReactNode;
  /** what can be done with the conditions, behind 清空 */
  extra?: ReactNode;
}) {
  const { t } = useTranslation();
  const operators = useQuery(operatorsQuery).data;
  const [group, setGroup] = useState<Group>(EMPTY);
  const [asText, setAsText] = useState(false);
  const [error, setError] = useState<string | null>(null);
  /** the text that the rows on the screen stand for */
  const drawn = useRef<string | null>(null);
  const latest = useRef({ where, value, onChange });
  latest.current = { where, value, onChange };
  /** text is written, rows are on their way: what comes back of it is no news */
  const busy = useRef({ writing: false, rows: false });
  const waiting = useRef<{ timer: number; write: () => void } | null>(null);
  const turn = useRef(0);

  useEffect(() => {
    if (value === drawn.current || busy.current.rows) return;
    setError(null);
    if (value === "" || value === empty) {
      drawn.current = value;
      setGroup(EMPTY);
      return;
    }
    if (busy.current.writing) return;
    const stop = new AbortController();
    const write = (text: boolean) => {
      busy.current.writing = text;
      setAsText(text);
    };
    treeOf(latest.current.where, value, stop.signal)
      .then((found) => {
        drawn.current = value;
        setGroup(found.tree ?? EMPTY);
        write(found.text_only);
      })
      .catch(() => !stop.signal.aborted && write(true));
    return () => stop.abort();
  }, [value, empty]);
  useEffect(() => () => waiting.current?.write(), []); // leaving loses nothing

  const sentence = (failure: unknown) => (failure instanceof Problem ? failure.text : t("error_ours"));

  function change(next: Group) {
    if (!operators) return;
    setGroup(next);
    const mine = ++turn.current;
    busy.current.rows = true;
    const write = () => {
      if (waiting.current) window.clearTimeout(waiting.current.timer);
      waiting.current = null;
      const whole = said(next, operators);
      const text = whole.rows.length
        ? textOf(latest.current.where, whole).then((found) => found.text)
        : Promise.resolve(empty);
      text.then(
        (made) => {
          if (mine !== turn.current) return;
          busy.current.rows = false;
          setError(null);
          drawn.current = made;
          if (made !== latest.current.value) latest.current.onChange(made);
        },
        (failure: unknown) => {
          if (mine !== turn.current) return;
          busy.current.rows = false;
          setError(sentence(failure));
        },
      );
    };
    if (waiting.current) window.clearTimeout(waiting.current.timer);
    waiting.current = { timer: window.setTimeout(write, REST_MS), write };
  }

  function toText() {
    waiting.current?.write();
    busy.current.writing = true;
    setAsText(true);
  }

  async function toRows() {
    const text = latest.current.value;
    try {
      const found = text === "" ? null : await treeOf(latest.current.where, text);
      if (found?.text_only) {
        setError(t("formula:too_rich_for_rows"));
        return;
      }
      busy.current.writing = false;
      drawn.current = text;
      setError(null);
      setGroup(found?.tree ?? EMPTY);
      setAsText(false);
    } catch (failure) {
      setError(sentence(failure));
    }
  }

  const parts = operators && { choices, operators, find };
  return (
    <fieldset className="conditions" aria-label={label}>
      <div className="row conditions-head">
        <b>{label}</b>
        <span className="spread" />
        <span className="grey-2" role="status">
          {result}
        </span>
      </div>
      {asText
        ? (written ?? <Written id={id} label={label} where={where} value={value} onChange={onChange} />)
        : parts && group.rows.length > 0 && <Rows {...parts} group={group} onChange={change} />}
      {error && <FieldError>{error}</FieldError>}
      <div className="row conditions-foot">
        {!asText && parts && (
          <>
            <AddRow {...parts} group={group} onChange={change} />
            <Button
              size="small"
              icon={<Icon name="plus" size={13} />}
              disabled={choices.length === 0}
              onClick={() => {
                const first = firstRow(choices, parts.operators);
                const inner: Group = { join: group.join === "and" ? "or" : "and", rows: first ? [first] : [] };
                change({ ...group, rows: [...group.rows, inner] });
              }}
            >
              {t("formula:add_group")}
            </Button>
          </>
        )}
        <Button
          size="small"
          type="text"
          icon={<Icon name="formula" size={14} />}
          onClick={() => (asText ? void toRows() : toText())}
        >
          {asText ? t("formula:as_rows") : t("formula:as_formula")}
        </Button>
        <span className="spread" />
        {value !== "" && value !== empty && (
          <Button size="small" type="text" onClick={() => onChange(empty)}>
            {t("clear")}
          </Button>
        )}
        {value !== "" && value !== empty && extra}
      </div>
    </fieldset>
  );
}

/** The text alone: it takes effect while it is right. */
function Written({
  id,
  label,
  where,
  value,
  onChange,
}: {
  id: string;
  label: string;
  where: Where;
  value: string;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const [fault, setFault] = useState<Fault | null>(null);
  /** what was sent last: when it comes back late, what was typed since stays */
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  const latest = useRef({ where, onChange });
  latest.current = { where, onChange };
  useEffect(() => {
    if (text === value) return;
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      if (!text.trim()) latest.current.onChange("");
      else
        treeOf(latest.current.where, text, stop.signal)
          .then(() => {
            setFault(null);
            sent.current = text;
            latest.current.onChange(text);
          })
          .catch((failure: unknown) => {
            const told = failure instanceof Problem ? failure : { text: t("error_ours"), facts: {} };
            if (!stop.signal.aborted) setFault(faultOf(told, text.length));
          });
    }, REST_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [text, value, t]);
  return (
    <>
      <FormulaEditor
        id={id}
        label={label}
        value={text}
        onChange={setText}
        complete={(typed, cursor) => complete(where, typed, cursor)}
        hint={(typed, cursor) => hintAt(where, typed, cursor)}
        fault={fault}
      />
      {fault && <FieldError>{fault.text}</FieldError>}
    </>
  );
}
