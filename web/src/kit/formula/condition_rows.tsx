import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { type Find, ValueInput } from "./condition_value";
import {
  type Choice,
  firstRow,
  freshRow,
  type Group,
  isGroup,
  type Operators,
  type Row,
  replaced,
  samePath,
  withOperator,
} from "./conditions";

interface Parts {
  choices: readonly Choice[];
  operators: Operators;
  find: Find;
}

/** The rows of a group, 「且」 or 「或」 written out between them; a group in a group is indented. */
export function Rows({ group, onChange, ...parts }: Parts & { group: Group; onChange: (group: Group) => void }) {
  const { t } = useTranslation();
  const word = (i: number) =>
    i === 0 ? (
      <span className="condition-word">{t("formula:when")}</span>
    ) : i === 1 ? (
      <Select
        size="small"
        className="condition-word"
        variant="borderless"
        popupMatchSelectWidth={false}
        aria-label={t("formula:join")}
        value={group.join}
        options={[
          { value: "and", label: t("formula:and") },
          { value: "or", label: t("formula:or") },
        ]}
        onChange={(join) => onChange({ ...group, join })}
      />
    ) : (
      <span className="condition-word">{t(`formula:${group.join}`)}</span>
    );
  return (
    <div className="condition-rows">
      {group.rows.map((item, i) => (
        <div key={i} className="condition-row">
          {word(i)}
          {isGroup(item) ? (
            <fieldset className="condition-group" aria-label={t("formula:group")}>
              <Rows {...parts} group={item} onChange={(next) => onChange(replaced(group, i, next))} />
              <AddRow {...parts} group={item} onChange={(next) => onChange(replaced(group, i, next))} />
            </fieldset>
          ) : (
            <OneRow {...parts} row={item} onChange={(next) => onChange(replaced(group, i, next))} />
          )}
        </div>
      ))}
    </div>
  );
}

export function AddRow({
  group,
  onChange,
  choices,
  operators,
}: Parts & { group: Group; onChange: (group: Group) => void }) {
  const { t } = useTranslation();
  const first = firstRow(choices, operators);
  return (
    <Button
      size="small"
      icon={<Icon name="plus" size={13} />}
      disabled={!first}
      onClick={() => first && onChange({ ...group, rows: [...group.rows, first] })}
    >
      {t("formula:add_condition")}
    </Button>
  );
}

function OneRow({
  row,
  choices,
  operators,
  find,
  onChange,
}: Parts & { row: Row; onChange: (row: Row | null) => void }) {
  const { t, i18n } = useTranslation();
  const choice = choices.find((c) => samePath(c.path, row.path));
  const fields = choices.map((c) => ({ value: c.path.join("."), label: c.label }));
  const here = row.path.join(".");
  if (!choice) fields.push({ value: here, label: here });
  const known = operators[row.kind] ?? [];
  const takes = known.find((o) => o.key === row.op)?.takes ?? "one";
  return (
    <>
      <Select
        className="condition-field"
        value={here}
        options={fields}
        aria-label={t("formula:field")}
        popupMatchSelectWidth={260}
        showSearch={{ optionFilterProp: "label" }}
        onChange={(path) => {
          const next = choices.find((c) => c.path.join(".") === path);
          if (next) onChange(freshRow(next, operators));
        }}
      />
      <Select
        className="condition-operator"
        value={row.op}
        aria-label={t("formula:operator")}
        popupMatchSelectWidth={false}
        options={known.map((o) => ({ value: o.key, label: i18n.language === "en" ? o.en : o.zh }))}
        onChange={(op) => onChange(withOperator(row, op, operators))}
      />
      <ValueInput
        key={`${here} ${row.op}`}
        row={row}
        choice={choice}
        takes={takes}
        find={find}
        onChange={(value) => onChange({ ...row, value })}
      />
      <button
        type="button"
        className="icon-button small-button"
        aria-label={t("formula:remove_condition")}
        onClick={() => onChange(null)}
      >
        <Icon name="close" size={14} />
      </button>
    </>
  );
}
