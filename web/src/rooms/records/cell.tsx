import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Blank, Chip, Day, DaysLeft, format, Icon, Moment, Money, PersonName, Score, useClock } from "@/kit";
import { type Field, type Form, useForms, useLabel, valueKind } from "@/rooms/forms";
import type { Tone } from "@/theme/tokens";
import { isRef, type Row, refName, type Value } from "./api";
import { SpecialCell } from "./special_cell";
import { counting, daysLeftOf, isScore } from "./state";

/** Options whose meaning is known to the product; a colour only where it says something. */
const TONES: Record<string, Tone> = {
  confirmed: "info",
  renewed: "brand",
  active: "brand",
  key: "brand",
  auto: "plain",
  at_risk: "urgent",
  high: "urgent",
  urgent: "urgent",
};

/** More than a text; masked they are one. */
export const SPECIAL = new Set(["attachment", "image", "signature", "certificate", "persons", "relations"]);

/** One value, as it reads in a list or on a record. */
export const Cell = memo(function Cell({
  field,
  value,
  row,
  short = false,
  chip = false,
}: {
  field: Field;
  value: Value | undefined;
  row?: Row | undefined;
  /** in lists: dates of this year without the year */
  short?: boolean;
  /** on cards: a choice stands alone, without the name of its field */
  chip?: boolean;
}) {
  const label = useLabel();
  const { t } = useTranslation();
  const { today } = useClock();
  if (value === null || value === undefined || value === "") return <Blank />;
  if (field.counts) {
    const over = row !== undefined && !counting(field, row);
    if (field.kind === "date" && typeof value === "string" && !over)
      return (
        <span className="row counted">
          <Day value={value} short={short} />
          <DaysLeft end={value} />
        </span>
      );
    if (field.kind !== "date" && over) return <Blank />;
    if (field.kind !== "date" && Number.isFinite(Number(value)))
      return <DaysLeft end={format.addDays(today, Number(value))} />;
  }
  if (SPECIAL.has(field.kind) && typeof value === "object") return <SpecialCell field={field} value={value} />;
  if (field.kind === "rating") return <span>{`${"★".repeat(Number(value))} ${value}`}</span>;
  if (isRef(value)) {
    const name = refName(value);
    if (name === null)
      return (
        <span className="grey row" style={{ gap: 4 }}>
          <Icon name="lock" size={13} />
          {t("no_right")}
        </span>
      );
    return field.kind === "person" ? (
      <PersonName name={name} />
    ) : (
      <span className="cut" title={name}>
        {name}
      </span>
    );
  }
  switch (valueKind(field)) {
    case "money":
      return <Money value={value as string} />;
    case "percent":
      return <>{format.percent(value as string)}</>;
    case "number":
      return isScore(field) ? <Score value={Number(value)} /> : <span>{format.number(value as string)}</span>;
    case "date":
      return <Day value={value as string} short={short} />;
    case "datetime":
      return <Moment value={value as string} />;
    case "yes_no":
      return <>{value ? t("yes") : t("no")}</>;
    case "select": {
      const option = field.options?.find((o) => o.key === value);
      const text = option ? label(option) : String(value);
      return chip || /status|tier|priority|intent/.test(field.key) ? (
        <Chip tone={TONES[String(value)] ?? "plain"}>{text}</Chip>
      ) : (
        <span className="cut">{text}</span>
      );
    }
    case "multi_select":
      return (
        <span className="row cut" style={{ gap: 4 }}>
          {(Array.isArray(value) ? value : [String(value)]).map((key) => (
            <Chip key={key}>{label(field.options?.find((o) => o.key === key) ?? { label: key })}</Chip>
          ))}
        </span>
      );
    case "link":
      return (
        <a href={safeLink(String(value))} target="_blank" rel="noreferrer" className="cut">
          {String(value)}
        </a>
      );
    case "mail":
      return <span className="cut">{String(value)}</span>;
    default:
      return (
        <span className={field.kind === "auto_number" ? "cut mono" : "cut"} title={String(value)}>
          {String(value)}
        </span>
      );
  }
});

/** Only web addresses become links; anything else stays inert. */
export function safeLink(text: string): string | undefined {
  if (/^https?:\/\//i.test(text)) return text;
  return /^[\w-]+(\.[\w-]+)+/.test(text) ? `https://${text}` : undefined;
}

export const isRight = (field: Field) =>
  ["money", "number", "percent"].includes(valueKind(field)) && !isScore(field) && daysLeftOf(field) === null;

/** A column may be `customer.health_score`. */
export function useColumn(form: Form) {
  const forms = useForms();
  const label = useLabel();
  return (path: string): { path: string; field: Field; text: string } | null => {
    const [head, tail] = path.split(".");
    const own = form.fields.find((f) => f.key === head);
    if (!own) return null;
    if (!tail) return { path, field: own, text: label(own) };
    const other = forms.find((f) => f.key === own.to)?.fields.find((f) => f.key === tail);
    if (!other) return null;
    // whether the days of another record still count is not known here: they are a number
    const field = other.counts?.during ? { ...other, counts: null } : other;
    // a score says whose it is by itself
    return { path, field, text: isScore(other) ? label(other) : `${label(own)} · ${label(other)}` };
  };
}

/** A record's name. */
export function titleOf(form: Form, row: Row): string {
  const value = form.title ? row[form.title] : null;
  if (isRef(value)) return refName(value) ?? `#${row.id}`;
  return value === null || value === undefined || value === "" ? `#${row.id}` : String(value);
}
