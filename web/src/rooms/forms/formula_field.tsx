import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, keys, Problem } from "@/api";
import { FieldError, format, Icon } from "@/kit";
import { complete, faultOf, hintAt, type Where } from "@/kit/formula/api";
import { FormulaEditor } from "@/kit/formula/editor";
import type { DesignProblem } from "@/rooms/design";
import { lines, type Part } from "@/rooms/records/why";
import { useLabel } from "./api";
import type { FormTree, OptionTree } from "./form_tree";
import { split } from "./sub_tables";

/** Where the record comes from on which a formula is tried. */
export interface Sample {
  form: string;
  id: number;
  title: string;
}

/** A form as it is drawn, or the published one of this name. */
export type Drawn = FormTree | { form: string };
export const isDrawn = (tree: Drawn): tree is FormTree => "fields" in tree;

/** Names in a formula mean what is drawn. */
export const whereOf = (tree: Drawn): Where => {
  if (!isDrawn(tree)) return tree;
  const { own, parts } = split(tree);
  return { form: tree.form, drawn: [own, ...Object.values(parts)] };
};

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
  example,
  bare = false,
  options = [],
}: {
  id: string;
  label: string;
  tree: Drawn;
  value: string;
  onChange: (text: string) => void;
  problem: DesignProblem | null;
  sample: Sample | null;
  example?: string;
  /** its name stands above it already */
  bare?: boolean;
  /** of the field that it fills: shown by their labels */
  options?: readonly OptionTree[];
}) {
  const { t } = useTranslation();
  const [why, setWhy] = useState(false);
  const text = useSettled(value.trim());
  const trial = useQuery({
    queryKey: [...keys.formula(sample?.form ?? "", text), sample?.id],
    queryFn: ({ signal }) =>
      api.post<Part>("/formula/explain", { form: sample?.form, record_id: sample?.id, text }, signal),
    enabled: sample !== null && text !== "" && problem === null,
    retry: false,
  });
  const ofOption = useLabel();
  const named = (text: string) => {
    const option = options.find((one) => one.key === text);
    return option ? ofOption(option) : text;
  };
  const fault = problem && faultOf(problem, value.length);
  return (
    <div className="labelled">
      {!bare && <span className="grey-2">{label}</span>}
      <FormulaEditor
        id={id}
        label={label}
        value={value}
        onChange={onChange}
        complete={(typed, cursor) => complete(whereOf(tree), typed, cursor)}
        hint={(typed, cursor) => hintAt(whereOf(tree), typed, cursor)}
        fault={fault}
        {...(example ? { example } : {})}
      />
      {problem && <FieldError>{problem.text}</FieldError>}
      {!problem && sample && text !== "" && (
        <div className="formula-trial small">
          {trial.data ? (
            <>
              <Icon name="checkCircle" size={13} style={{ color: "var(--brand)", alignSelf: "center" }} />
              <span className="spread">
                {t("forms:tried", { title: sample.title, value: named(shown(trial.data, t)) })}
              </span>
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
