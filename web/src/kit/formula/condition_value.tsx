import { useQuery } from "@tanstack/react-query";
import { DatePicker, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Choice, isMe, isToday, type Operator, type Row, type Value } from "./conditions";

/** Records that a reference may point to: those that fit a text, and those with these numbers. */
export type Find = (to: string, text: string, ids: number[]) => Promise<{ value: number; label: string }[]>;

/** The control for the value of one row. */
export function ValueInput({
  row,
  choice,
  takes,
  find,
  onChange,
}: {
  row: Row;
  choice: Choice | undefined;
  takes: Operator["takes"];
  find: Find;
  onChange: (value: Row["value"]) => void;
}) {
  const { t } = useTranslation();
  const name = t("formula:value");
  const { value } = row;
  if (takes === "none") return null;
  if (takes === "days")
    return (
      <InputNumber
        className="condition-value"
        min={1}
        max={3650}
        value={typeof value === "number" ? value : null}
        aria-label={name}
        suffix={t("formula:days")}
        onChange={onChange}
      />
    );
  if (choice?.to) return <Reference row={row} to={choice.to} many={takes === "many"} find={find} onChange={onChange} />;
  if (choice?.options || takes === "many")
    return <Options row={row} choice={choice} takes={takes} onChange={onChange} />;
  if (row.kind === "date" || row.kind === "datetime") return <Day value={value as Value} onChange={onChange} />;
  return (
    <Written
      value={typeof value === "string" || typeof value === "number" ? String(value) : ""}
      name={name}
      number={isNumber(row.kind)}
      percent={row.kind === "percent"}
      onChange={onChange}
    />
  );
}

function Options({
  row,
  choice,
  takes,
  onChange,
}: {
  row: Row;
  choice: Choice | undefined;
  takes: Operator["takes"];
  onChange: (value: Row["value"]) => void;
}) {
  const { t } = useTranslation();
  const shared = {
    className: "condition-value",
    options: choice?.options ?? [],
    "aria-label": t("formula:value"),
    showSearch: { optionFilterProp: "label" },
  };
  if (takes !== "many")
    return <Select {...shared} value={row.value as string | null} onChange={(v: string | null) => onChange(v)} />;
  const values = (Array.isArray(row.value) ? row.value : []).map(String);
  if (choice?.options) return <Select {...shared} mode="multiple" value={values} onChange={onChange} />;
  const percent = row.kind === "percent";
  const read = (text: string) => (percent ? hundredth(bare(text)) : isNumber(row.kind) ? bare(text) : text);
  return (
    <Select
      {...shared}
      mode="tags"
      value={percent ? values.map((one) => `${hundredfold(one)}%`) : values}
      onChange={(all: string[]) => onChange(all.map(read))}
    />
  );
}

const ME = "me";

function Reference({
  row,
  to,
  many,
  find,
  onChange,
}: {
  row: Row;
  to: string;
  many: boolean;
  find: Find;
  onChange: (value: Row["value"]) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const search = useDeferredValue(text);
  const given: Value[] = Array.isArray(row.value) ? row.value : row.value === null ? [] : [row.value];
  const ids = given.filter((one) => !isMe(one)).map(Number);
  const found = useQuery({
    queryKey: ["formula", "references", to, search, ids],
    queryFn: () => find(to, search, ids),
    placeholderData: (old) => old,
  });
  const options: { value: string; label: string }[] = (found.data ?? []).map((one) => ({
    ...one,
    value: `${one.value}`,
  }));
  if (to === "person") options.unshift({ value: ME, label: t("formula:me") });
  const shown = given.map((one) => (isMe(one) ? ME : String(one)));
  const read = (one: string): Value => (one === ME ? { me: true } : one);
  const shared = {
    className: "condition-value",
    options,
    "aria-label": t("formula:value"),
    showSearch: { filterOption: false, onSearch: setText },
  };
  return many ? (
    <Select {...shared} mode="multiple" value={shown} onChange={(all: string[]) => onChange(all.map(read))} />
  ) : (
    <Select {...shared} value={shown[0] ?? null} onChange={(one: string) => onChange(read(one))} />
  );
}

/** A fixed day, or one counted from today. */
function Day({ value, onChange }: { value: Value; onChange: (value: Value) => void }) {
  const { t } = useTranslation();
  const relative = isToday(value);
  const days = relative ? value.today : 0;
  const way = !relative ? "day" : days < 0 ? "before" : "after";
  return (
    <span className="condition-value condition-day">
      <Select
        value={way}
        aria-label={t("formula:which_day")}
        popupMatchSelectWidth={false}
        options={["day", "after", "before"].map((one) => ({ value: one, label: t(`formula:day_${one}`) }))}
        onChange={(next) =>
          onChange(next === "day" ? null : { today: next === "before" ? -Math.abs(days || 1) : Math.abs(days) })
        }
      />
      {relative ? (
        <InputNumber
          min={way === "before" ? 1 : 0}
          max={3650}
          value={Math.abs(days)}
          aria-label={t("formula:value")}
          suffix={t("formula:days")}
          onChange={(n) => onChange({ today: (n ?? 0) * (way === "before" ? -1 : 1) })}
        />
      ) : (
        <DatePicker
          value={typeof value === "string" && value ? dayjs(value) : null}
          aria-label={t("formula:value")}
          onChange={(d) => onChange(d ? d.format("YYYY-MM-DD") : null)}
        />
      )}
    </span>
  );
}

const isNumber = (kind: string) => ["number", "money", "percent"].includes(kind);
const bare = (text: string) => text.normalize("NFKC").replaceAll(/[,\s%]/g, "");
const hundredth = (text: string) =>
  text === "" || !Number.isFinite(Number(text)) ? text : `${Number((Number(text) / 100).toFixed(10))}`;
const hundredfold = (text: string) =>
  text === "" || !Number.isFinite(Number(text)) ? text : `${Number((Number(text) * 100).toFixed(8))}`;

/** Text or a number, as it is typed; 12,000 is 12000 and 60 % is 0.6. */
function Written({
  value,
  name,
  number,
  percent,
  onChange,
}: {
  value: string;
  name: string;
  number: boolean;
  percent: boolean;
  onChange: (value: string) => void;
}) {
  const read = (text: string) => (percent ? hundredth(bare(text)) : number ? bare(text) : text);
  const [text, setText] = useState(percent ? hundredfold(value) : value);
  const shown = read(text) === value ? text : percent ? hundredfold(value) : value;
  return (
    <Input
      className="condition-value"
      value={shown}
      aria-label={name}
      suffix={percent ? "%" : undefined}
      inputMode={number ? "decimal" : "text"}
      onChange={(e) => {
        setText(e.target.value);
        onChange(read(e.target.value));
      }}
    />
  );
}
