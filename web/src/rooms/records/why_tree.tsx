import { useTranslation } from "react-i18next";
import { format, Icon } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { lines, type Part, readingOf } from "./why";
import "./why.css";

/** What a part came to, as its kind is written. */
export function useValue(form: Form | undefined) {
  const { t } = useTranslation();
  const label = useLabel();
  return (part: Part): string => {
    const v = part.value;
    if (v === null || v === undefined) return format.BLANK;
    if (typeof v === "boolean") return v ? t("yes") : t("no");
    if (part.kind === "money") return format.money(String(v));
    if (part.kind === "percent") return format.percent(String(v));
    if (part.kind === "number") return format.number(String(v), 2);
    if (part.kind === "select") {
      const option = form?.fields.flatMap((f) => f.options ?? []).find((o) => o.key === v);
      return option ? label(option) : String(v);
    }
    return Array.isArray(v) ? v.join("、") : String(v).slice(0, 60);
  };
}

/** The conditions and fields below a part, each with its value; a condition with ✓ or ✗. */
export function WhyTree({ part, form, whole = false }: { part: Part; form: Form | undefined; whole?: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const value = useValue(form);
  const name = (key: string) => {
    const field = form?.fields.find((one) => one.key === key);
    return field ? label(field) : key;
  };
  /** a formula with the labels of its fields; what stands in quotes stays */
  const told = (text: string) =>
    text.replace(/"[^"]*"|\b[a-z_]\w*/g, (word) => (word.startsWith('"') ? word : name(word)));
  const said = (of: Part) => {
    const reading = readingOf(of);
    if (reading) return `${name(reading.field)} · ${reading.day}`;
    return of.label ?? <code>{told(of.text)}</code>;
  };
  const found = lines(whole ? { ...part, text: "", parts: [part] } : part);
  if (found.length === 0) return null;
  return (
    <ul className="why-tree">
      {found.map(({ depth, part }) => (
        <li key={part.text} style={{ paddingLeft: depth * 16 }}>
          {part.kind === "yes_no" ? (
            <span className={part.value ? "good" : "bad"}>
              <Icon name={part.value ? "check" : "close"} size={14} />
            </span>
          ) : (
            <span style={{ width: 14 }} />
          )}
          <span className="spread">
            {said(part)}
            {part.rules && part.rules.length > 0 && (
              <span className="grey">
                {" "}
                {part.rules[0] === 0
                  ? t("decisions:hit_otherwise")
                  : t("decisions:hit_rows", { rows: part.rules.join("、") })}
              </span>
            )}
          </span>
          {part.kind !== "yes_no" && <b>{value(part)}</b>}
          {part.kind === "yes_no" && <span className="sr">{value(part)}</span>}
        </li>
      ))}
    </ul>
  );
}
