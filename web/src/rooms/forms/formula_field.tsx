import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, keys, Problem } from "@/api";
import { FieldError, format, Icon } from "@/kit";
import { FormulaEditor, type Proposal } from "@/kit/formula/editor";
import type { DesignProblem } from "@/rooms/design";
import { lines, type Part } from "@/rooms/records/why";
import { useForms, useLabel } from "./api";
import type { FormTree } from "./form_tree";

interface Item {
  label: string;
  insert: string;
  kind: string;
  detail: string;
  start: number;
  about?: string;
}

/** Where the record comes from on which a formula is tried. */
export interface Sample {
  form: string;
  id: number;
  title: string;
}

/** Fields of the draft first, then what the server knows: functions, fields behind a relation, options. */
function useCompletion(tree: FormTree) {
  const { t } = useTranslation();
  const forms = useForms();
  const label = useLabel();
  return async (text: string, cursor: number): Promise<Proposal[]> => {
    const before = text.slice(0, cursor);
    const word = /(?:([a-z0-9_]+)\s*\.\s*)?([\p{L}\p{N}_]*)$/u.exec(before);
    const typed = (word?.[2] ?? "").toLowerCase();
    const start = cursor - (word?.[2] ?? "").length;
    const quoted = (before.match(/"/g)?.length ?? 0) % 2 === 1;
    const own = (head: string | undefined): Proposal[] => {
      if (quoted) return [];
      const relation = head === undefined ? null : tree.fields.find((f) => f.key === head);
      const fields = head === undefined ? tree.fields : (forms.find((f) => f.key === relation?.to)?.fields ?? []);
      return fields
        .filter((f) => f.key.includes(typed) || label(f).toLowerCase().includes(typed))
        .map((f) => ({
          label: label(f),
          insert: f.key,
          kind: "field",
          start,
          detail: `${f.key} · ${t(`forms:kind_${f.kind}`)}`,
        }));
    };
    const mine = own(word?.[1]);
    const published = forms.some((f) => f.key === tree.form);
    const asked = published ? tree.form : forms[0]?.key;
    if (asked === undefined) return mine;
    const theirs = await api.post<Item[]>("/formula/complete", { form: asked, text, cursor }).catch((): Item[] => []);
    const fitting = theirs.filter(
      (p) => (published || p.kind === "function") && !mine.some((m) => m.insert === p.insert),
    );
    return [...mine, ...fitting].slice(0, 50);
  };
}

const SETTLED_MS = 900;

/** What was typed, once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** A formula with its error, its result on a real record, and how that came about. */
export function FormulaField({
  id,
  label,
  tree,
  value,
  onChange,
  problem,
  sample,
  hint,
}: {
  id: string;
  label: string;
  tree: FormTree;
  value: string;
  onChange: (text: string) => void;
  problem: DesignProblem | null;
  sample: Sample | null;
  hint?: string;
}) {
  const { t } = useTranslation();
  const complete = useCompletion(tree);
  const [why, setWhy] = useState(false);
  const text = useSettled(value.trim());
  const trial = useQuery({
    queryKey: [...keys.formula(sample?.form ?? "", text), sample?.id],
    queryFn: ({ signal }) =>
      api.post<Part>("/formula/explain", { form: sample?.form, record_id: sample?.id, text }, signal),
    enabled: sample !== null && text !== "" && problem === null,
    retry: false,
  });
  const { start, end, position } = problem?.facts ?? {};
  const from = typeof start === "number" ? start : typeof position === "number" ? position - 1 : 0;
  const fault = problem ? { from, to: typeof end === "number" ? end : value.length, text: problem.text } : null;
  return (
    <div className="labelled">
      <span className="grey-2" id={`${id}-label`}>
        {label}
      </span>
      <FormulaEditor
        id={id}
        label={label}
        value={value}
        onChange={onChange}
        complete={complete}
        fault={fault}
        {...(hint ? { hint } : {})}
      />
      {problem && <FieldError>{problem.text}</FieldError>}
      {!problem && sample && text !== "" && (
        <div className="formula-trial small">
          {trial.data ? (
            <>
              <Icon name="checkCircle" size={13} style={{ color: "var(--brand)", alignSelf: "center" }} />
              <span className="spread">{t("forms:tried", { title: sample.title, value: shown(trial.data, t) })}</span>
              {trial.data.parts.length > 0 && (
                <Button size="small" type="text" aria-expanded={why} onClick={() => setWhy(!why)}>
                  {t("why")}
                </Button>
              )}
            </>
          ) : trial.isError ? (
            <span className="grey">
              {trial.error instanceof Problem && trial.error.code.startsWith("formula.")
                ? t("forms:not_tried")
                : t("forms:cannot_try")}
            </span>
          ) : (
            <span className="grey">{t("forms:trying")}</span>
          )}
        </div>
      )}
      {why && trial.data && (
        <ul className="formula-why small">
          {lines(trial.data).map(({ depth, part }) => (
            <li key={part.text} style={{ paddingLeft: depth * 14 }}>
              <span className="spread">{part.label ?? <code>{part.text}</code>}</span>
              <b>{shown(part, t)}</b>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function shown(part: Part, t: (key: string) => string): string {
  const { value, kind } = part;
  if (value === null || value === undefined) return format.BLANK;
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (kind === "money") return format.money(String(value));
  if (kind === "percent") return format.percent(String(value));
  if (kind === "number") return format.number(String(value), 2);
  return Array.isArray(value) ? value.join("、") : String(value);
}
