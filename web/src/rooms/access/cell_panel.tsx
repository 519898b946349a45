import { Button, Checkbox, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, FieldError, Icon, Notice } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Matrix, MatrixForm, MatrixRole, Problem } from "./api";
import {
  EVERY,
  grantOf,
  inWords,
  isCondition,
  isInherited,
  LEVELS,
  type Level,
  levelOf,
  RIGHTS,
  range,
  SCOPES,
  type Tree,
  withGrant,
  withLevels,
  withRight,
} from "./model";

/** One role on one form: which records, what may be done with them, each field. */
export function CellPanel({
  matrix,
  role,
  form,
  tree,
  problems,
  onEdit,
}: {
  matrix: Matrix;
  role: MatrixRole;
  form: MatrixForm;
  tree: Tree;
  problems: readonly Problem[];
  onEdit: (tree: Tree) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const grant = grantOf(tree, form.key);
  const mine = problems.filter((p) => p.path.startsWith(`forms.${form.key}`));
  const wrongRows = mine.find((p) => p.path.endsWith(".rows") && p.severity === "error");
  return (
    <div className="access-panel">
      {isInherited(tree, form.key) && <p className="grey small">{t("access:inherited")}</p>}
      {grant && (
        <section className="labelled">
          <label htmlFor="access-rows">{t("access:which")}</label>
          <Scope
            matrix={matrix}
            form={form}
            rows={grant.rows}
            onChange={(rows) => onEdit(withGrant(tree, form.key, { rows }))}
          />
          {wrongRows && <FieldError>{wrongRows.text}</FieldError>}
        </section>
      )}
      <section>
        <h3 className="access-small">{t("access:what")}</h3>
        <div className="access-rights">
          {RIGHTS.map((right) => (
            <Checkbox
              key={right}
              checked={grant?.rights.includes(right) ?? false}
              onChange={(e) => onEdit(withRight(tree, form.key, right, e.target.checked))}
            >
              {t(`access:right_${right}`)}
            </Checkbox>
          ))}
        </div>
      </section>
      {grant && (
        <>
          <Disclosures matrix={matrix} role={role} form={form} tree={tree} onEdit={onEdit} />
          <Fields role={role} form={form} tree={tree} onEdit={onEdit} />
        </>
      )}
      {mine
        .filter((p) => p !== wrongRows)
        .map((p) => (
          <FieldError key={p.path + p.text}>{p.text}</FieldError>
        ))}
      {!grant && <p className="grey">{t("access:nothing_here", { role: label(role), form: label(form) })}</p>}
    </div>
  );
}

function Scope({
  matrix,
  form,
  rows,
  onChange,
}: {
  matrix: Matrix;
  form: MatrixForm;
  rows: string;
  onChange: (rows: string) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const [asked, setAsked] = useState(false);
  const condition = isCondition(rows) || asked;
  const owner = form.fields.find((f) => f.key === form.owner);
  const ownText = owner ? `${owner.key} = ME()` : "created_by = ME()";
  const readable = (text: string) => inWords(text, form.key, matrix.forms, label);
  const said: Record<string, string> = {
    own: owner ? t("access:about_own", { field: label(owner) }) : t("access:about_created"),
    department: t("access:about_department"),
    department_below: t("access:about_department_below"),
    all: t("access:about_all"),
  };
  return (
    <>
      <Select
        id="access-rows"
        value={condition ? "condition" : rows}
        options={[...SCOPES, "condition"].map((key) => ({
          value: key,
          label: said[key] ? `${t(`access:scope_${key}`)} · ${said[key]}` : t("access:scope_condition"),
        }))}
        onChange={(value) => {
          setAsked(value === "condition");
          if (value !== "condition") onChange(value);
          else if (!isCondition(rows)) onChange(ownText);
        }}
      />
      {condition ? (
        <Condition
          key={form.key}
          text={isCondition(rows) ? rows : ownText}
          readable={readable}
          example={readable(ownText)}
          onChange={onChange}
        />
      ) : (
        rows === "own" && <code className="access-formula">{readable(ownText)}</code>
      )}
    </>
  );
}

function Condition({
  text,
  readable,
  example,
  onChange,
}: {
  text: string;
  readable: (text: string) => string;
  example: string;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  return (
    <>
      <Input.TextArea
        className="mono"
        aria-label={t("access:condition_formula")}
        autoSize={{ minRows: 1, maxRows: 5 }}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          if (e.target.value.trim()) onChange(e.target.value.trim());
        }}
      />
      {readable(typed) !== typed && <code className="access-formula">{readable(typed)}</code>}
      <span className="grey small">{t("access:condition_fact", { example })}</span>
    </>
  );
}

function Disclosures({
  matrix,
  role,
  form,
  tree,
  onEdit,
}: {
  matrix: Matrix;
  role: MatrixRole;
  form: MatrixForm;
  tree: Tree;
  onEdit: (tree: Tree) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const computed = new Set(form.fields.filter((f) => f.kind === "formula").map((f) => f.key));
  const nameOf = (at: string, key: string) => {
    const other = matrix.forms.find((f) => f.key === at);
    const field = other?.fields.find((f) => f.key === key);
    const text = field ? label(field) : key;
    return at === form.key || !other ? text : `${label(other)} · ${text}`;
  };
  return role.disclosures
    .filter((d) => d.form === form.key)
    .map((d) => {
      const facts = {
        field: nameOf(d.form, d.field),
        inputs: d.inputs.map((i) => nameOf(i.form, i.field)).join(t("access:and")),
      };
      const hide = (
        <Button
          size="small"
          type="link"
          onClick={() => onEdit(withLevels(tree, form.key, [d.field], "hidden", computed))}
        >
          {t("access:hide_too")}
        </Button>
      );
      return (
        <Notice
          key={d.field}
          tone={d.kept ? "info" : "warn"}
          icon={d.kept ? "info" : "warning"}
          action={
            <span className="row access-choices">
              {!d.kept && (
                <Button
                  size="small"
                  type="link"
                  onClick={() => onEdit(withLevels(tree, form.key, [d.field], "read", computed))}
                >
                  {t("access:keep")}
                </Button>
              )}
              {hide}
            </span>
          }
        >
          {d.kept ? t("access:discloses_kept", facts) : t("access:discloses", facts)}
        </Notice>
      );
    });
}

function Fields({
  role,
  form,
  tree,
  onEdit,
}: {
  role: MatrixRole;
  form: MatrixForm;
  tree: Tree;
  onEdit: (tree: Tree) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const [search, setSearch] = useState("");
  const [last, setLast] = useState<string | null>(null);
  const grant = grantOf(tree, form.key);
  const before = grantOf(role.current, form.key);
  const computed = new Set(form.fields.filter((f) => f.kind === "formula").map((f) => f.key));
  const shown = form.fields.filter(
    (f) => !search || `${label(f)} ${f.key}`.toLowerCase().includes(search.toLowerCase()),
  );
  const keys = shown.map((f) => f.key);
  const own = form.fields.filter((f) => grant?.fields[f.key] !== undefined).length;
  const set = (key: string, level: Level, far: boolean) => {
    onEdit(withLevels(tree, form.key, far ? range(keys, last, key) : [key], level, computed));
    setLast(key);
  };
  return (
    <section className="access-fields">
      <div className="row">
        <h3>{t("access:fields")}</h3>
        <span className="grey small">{t("access:fields_fact", { count: form.fields.length, own })}</span>
      </div>
      <Input
        allowClear
        prefix={<Icon name="search" size={15} />}
        aria-label={t("access:find_field")}
        placeholder={t("access:find_field")}
        value={search}
        onChange={(e) => setSearch(e.target.value)}
      />
      <p className="grey small access-shift">{t("access:shift")}</p>
      <ul>
        {!search && (
          <li className="access-rest">
            <span className="cut">{t("access:rest")}</span>
            <Levels
              name={t("access:rest")}
              level={levelOf(grant, EVERY)}
              onSet={(level) =>
                onEdit(withGrant(tree, form.key, { fields: { ...(grant?.fields ?? {}), [EVERY]: level } }))
              }
            />
          </li>
        )}
        {shown.map((field) => {
          const is = computed.has(field.key);
          const level = levelOf(grant, field.key, is);
          const changed = levelOf(before, field.key, is) !== level;
          return (
            <li key={field.key}>
              <span className="row cut">
                <span className="cut">{label(field)}</span>
                {is && <Chip tone="info">{t("access:computed")}</Chip>}
                {changed && <Chip tone="warn">{t("access:changed")}</Chip>}
              </span>
              <Levels
                name={label(field)}
                level={level}
                computed={is}
                onSet={(next, far) => set(field.key, next, far)}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Levels({
  name,
  level,
  computed = false,
  onSet,
}: {
  name: string;
  level: Level;
  computed?: boolean;
  onSet: (level: Level, far: boolean) => void;
}) {
  const { t } = useTranslation();
  return (
    <span className="levels" role="group" aria-label={name}>
      {LEVELS.filter((one) => !(computed && one === "write")).map((one) => (
        <button
          key={one}
          type="button"
          className={`bare level level-${one}`}
          aria-pressed={one === level}
          onClick={(e) => onSet(one, e.shiftKey)}
        >
          {t(`access:level_${one}`)}
        </button>
      ))}
    </span>
  );
}
