import { useMutation, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Blank, Chip, Empty, Failure, Icon, Lines, SmallTable } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import { peopleQuery } from "@/rooms/people";
import type { Value } from "@/rooms/records";
import { Cell, titleOf } from "@/rooms/records/cell";
import { useChoices } from "@/rooms/records/use_choices";
import { type Matrix, type Place, type Rule, type Seen, type SeenField, viewAs } from "./api";
import { grantOf, inWords } from "./model";
import { useScopeWord } from "./scope_words";

/** A person and a record: seen or not, by which rule, and each field as that person has it. Only shows. */
export function ViewAs({ matrix, at }: { matrix: Matrix; at: string | undefined }) {
  const { t } = useTranslation();
  const label = useLabel();
  const people = useQuery(peopleQuery).data ?? [];
  const forms = matrix.forms.filter((f) => !f.within);
  const [person, setPerson] = useState<number | null>(null);
  const [formKey, setForm] = useState(forms.find((f) => f.key === at)?.key ?? forms[0]?.key ?? "");
  const [record, setRecord] = useState<number | null>(null);
  // a look is kept in the audit, so it is asked for, never repeated by itself
  const look = useMutation({
    mutationFn: (asked: { person: number; form: string; record: number }) =>
      viewAs(asked.person, asked.form, asked.record),
  });
  const ask = (next: { person?: number | null; form?: string; record?: number | null }) => {
    const all = { person, form: formKey, record, ...next };
    setPerson(all.person);
    setForm(all.form);
    setRecord(all.record);
    look.reset();
    if (all.person !== null && all.record !== null)
      look.mutate({ person: all.person, form: all.form, record: all.record });
  };
  return (
    <section className="card card-flush view-as" aria-label={t("access:view_as")}>
      <div className="view-as-head">
        <Icon name="eye" size={16} />
        <h2>{t("access:view_as")}</h2>
        <Select
          className="view-as-pick"
          aria-label={t("access:person")}
          placeholder={t("access:person")}
          value={person}
          options={people.map((p) => ({
            value: p.id,
            label: p.department ? `${p.name} · ${p.department}` : p.name,
          }))}
          showSearch={{ optionFilterProp: "label" }}
          onChange={(value: number) => ask({ person: value })}
        />
        <span className="grey">{t("access:opens")}</span>
        <Select
          aria-label={t("access:form")}
          value={formKey}
          options={forms.map((f) => ({ value: f.key, label: label(f) }))}
          onChange={(value: string) => ask({ form: value, record: null })}
        />
        <RecordPick key={formKey} form={formKey} value={record} onChange={(id) => ask({ record: id })} />
        <span className="spread" />
        <Chip tone="review">{t("access:only_shows")}</Chip>
      </div>
      {look.isPending ? (
        <Lines rows={4} />
      ) : look.isError ? (
        <Failure error={look.error} />
      ) : look.data ? (
        <Shown seen={look.data} matrix={matrix} />
      ) : (
        <Empty>{t("access:choose_both")}</Empty>
      )}
    </section>
  );
}

function RecordPick({
  form: key,
  value,
  onChange,
}: {
  form: string;
  value: number | null;
  onChange: (id: number) => void;
}) {
  const { t } = useTranslation();
  const { form, rows, fetching, search, onOpenChange } = useChoices(key);
  const [chosen, setChosen] = useState<{ value: number; label: string } | null>(null);
  const options = form ? rows.map((row) => ({ value: row.id, label: titleOf(form, row) })) : [];
  if (chosen && !options.some((o) => o.value === chosen.value)) options.unshift(chosen);
  return (
    <Select
      className="view-as-pick"
      aria-label={t("access:record")}
      placeholder={form ? t("access:record") : t("no_right")}
      disabled={!form}
      value={value}
      options={options}
      loading={fetching}
      showSearch={search}
      notFoundContent={fetching ? t("loading") : t("access:no_records")}
      onOpenChange={onOpenChange}
      onChange={(id: number) => {
        setChosen(options.find((o) => o.value === id) ?? null);
        onChange(id);
      }}
    />
  );
}

function Shown({ seen, matrix }: { seen: Seen; matrix: Matrix }) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = matrix.forms.find((f) => f.key === seen.form);
  return (
    <div className="view-as-body">
      <div>
        <h3 className="row">
          {t("access:can_open", { form: form ? label(form) : seen.form, noun: form?.noun ?? "" })}
          {seen.visible ? (
            <Chip tone="brand" icon="check">
              {t("access:visible")}
            </Chip>
          ) : (
            <Chip tone="urgent" icon="forbid">
              {t("access:invisible")}
            </Chip>
          )}
        </h3>
        {seen.owner && <p className="grey">{t("access:owner_is", { name: seen.owner })}</p>}
        <ul className="view-as-rules">
          {seen.rules.length === 0 && <li className="grey">{t("access:no_roles", { name: seen.person })}</li>}
          {seen.rules.map((rule) => (
            <RuleLine key={rule.role} rule={rule} form={seen.form} matrix={matrix} />
          ))}
        </ul>
        <p className="grey-2">
          {t("access:sees_of", {
            name: seen.person,
            form: form ? label(form) : seen.form,
            noun: form?.noun ?? "",
            total: seen.total.toLocaleString("en"),
            visible: seen.visible_count.toLocaleString("en"),
          })}
        </p>
      </div>
      <div className="view-as-fields">
        {seen.visible ? (
          <SmallTable columns={[t("access:field"), t("access:value"), t("access:source")]}>
            {tellingFirst(seen.fields).map((field) => (
              <tr key={field.key}>
                <td>{label(field)}</td>
                <td>
                  <SeenValue field={field} form={seen.form} />
                </td>
                <td className="grey">
                  {t("access:from_role", { level: t(`access:level_${field.level}`), role: field.role ?? "" })}
                  {field.hidden_inputs.length > 0 && (
                    <span className="view-as-inputs">
                      {t("access:uses_hidden", {
                        inputs: field.hidden_inputs.map((i) => placeName(matrix, i, label)).join(t("access:and")),
                      })}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </SmallTable>
        ) : (
          <p className="grey">{t("access:sees_nothing", { name: seen.person })}</p>
        )}
      </div>
    </div>
  );
}

/** What this person does not see as it is comes before what they do. */
const tellingFirst = (fields: readonly SeenField[]) =>
  [...fields].sort((a, b) => Number(isPlain(a)) - Number(isPlain(b)));
const isPlain = (field: SeenField) => ["read", "write"].includes(field.level) && field.hidden_inputs.length === 0;

const placeName = (matrix: Matrix, place: Place, label: ReturnType<typeof useLabel>) => {
  const field = matrix.forms.find((f) => f.key === place.form)?.fields.find((f) => f.key === place.field);
  return field ? label(field) : place.field;
};

function RuleLine({ rule, form, matrix }: { rule: Rule; form: string; matrix: Matrix }) {
  const { t } = useTranslation();
  const label = useLabel();
  const word = useScopeWord();
  const grant = rule.rows
    ? grantOf({ role: rule.role, label: "", forms: { x: { rows: rule.rows, rights: ["read"], fields: {} } } }, "x")
    : null;
  const reads = rule.rights.includes("read");
  const text = word(grant).text;
  const condition =
    rule.rows && grant && text === t("access:scope_condition") ? inWords(rule.rows, form, matrix.forms, label) : null;
  return (
    <li className={rule.decided ? "view-as-decided" : undefined}>
      <Icon name={rule.holds && reads ? "tick" : "forbid"} size={16} />
      <span>
        <span className="sr">{rule.holds && reads ? t("access:holds") : t("access:fails")}</span>
        {label(rule)} · {text} {condition && <code>{condition}</code>}
        {rule.decided && <b> {t("access:decided")}</b>}
      </span>
    </li>
  );
}

function SeenValue({ field, form }: { field: SeenField; form: string }) {
  const { t } = useTranslation();
  const known = useForm(form)?.fields.find((f) => f.key === field.key);
  if (field.level === "hidden") return <span className="grey">{t("access:not_shown")}</span>;
  if (field.value === null || field.value === undefined) return <Blank />;
  if (field.level === "masked" || !known) return <span className="mono">{plain(field.value)}</span>;
  return <Cell field={known} value={field.value as Value} />;
}

const plain = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
