import { Button, Input, Segmented, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Icon } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { checkFormula } from "./api";
import { type Condition, EMPTY, fresh, type Group, input, isGroup, type Named, operators, print } from "./conditions";
import { fromTree } from "./conditions_tree";
import { ValueInput } from "./filter_value";
import { useNames } from "./use_names";

/** Filter as rows; the same text as a formula when it does not fit into rows or when somebody prefers it. */
export function FilterPanel({
  form,
  filter,
  onFilter,
  result,
}: {
  form: Form;
  filter: string;
  onFilter: (filter: string) => void;
  result?: React.ReactNode;
}) {
  const { t } = useTranslation();
  const { names, titles } = useNames(form);
  const [group, setGroup] = useState<Group>(EMPTY);
  const [asText, setAsText] = useState(false);
  const [text, setText] = useState(filter);
  const [error, setError] = useState<string | null>(null);
  const [written, setWritten] = useState<string | null>(null);

  // a filter that came from elsewhere (a link, a view) is parsed by the server and becomes rows, or stays text
  useEffect(() => {
    if (filter === written) return;
    setText(filter);
    setError(null);
    if (!filter) {
      setGroup(EMPTY);
      setAsText(false);
      return;
    }
    const stop = new AbortController();
    checkFormula(form.key, filter, stop.signal)
      .then((checked) => {
        const rows = checked.ok && checked.tree ? fromTree(checked.tree, names, titles) : null;
        setGroup(rows ?? EMPTY);
        setAsText(rows === null);
        setError(checked.ok ? null : (checked.error?.text ?? null));
      })
      .catch(() => undefined);
    return () => stop.abort();
  }, [filter, written, form.key, names, titles]);

  function change(next: Group) {
    setGroup(next);
    const out = print(next, names, titles);
    if (out !== filter) {
      setWritten(out);
      onFilter(out);
    }
  }

  async function applyText() {
    const wanted = text.trim();
    if (!wanted) {
      setError(null);
      setWritten("");
      onFilter("");
      return;
    }
    const checked = await checkFormula(form.key, wanted);
    if (!checked.ok) {
      setError(checked.error?.text ?? t("error_ours"));
      return;
    }
    setError(null);
    setWritten(wanted);
    onFilter(wanted);
  }

  async function toRows() {
    if (!text.trim()) {
      setGroup(EMPTY);
      setAsText(false);
      return;
    }
    const checked = await checkFormula(form.key, text.trim());
    const rows = checked.ok && checked.tree ? fromTree(checked.tree, names, titles) : null;
    if (rows) {
      setGroup(rows);
      setAsText(false);
      change(rows);
    } else setError(checked.ok ? t("records:too_rich_for_rows") : (checked.error?.text ?? null));
  }

  return (
    <div className="filter">
      <div className="row filter-head">
        <b>{t("records:conditions")}</b>
        {!asText && (
          <>
            <span className="grey">{t("records:match")}</span>
            <Segmented<Group["join"]>
              size="small"
              value={group.join}
              options={[
                { value: "and", label: t("records:match_all") },
                { value: "or", label: t("records:match_any") },
              ]}
              onChange={(join) => change({ ...group, join })}
            />
          </>
        )}
        <span className="spread" />
        <span className="grey-2">{result}</span>
      </div>
      {asText ? (
        <div className="filter-text">
          <Input.TextArea
            value={text}
            autoSize={{ minRows: 1, maxRows: 6 }}
            className="mono"
            spellCheck={false}
            aria-label={t("records:formula")}
            aria-invalid={error !== null}
            status={error ? "error" : ""}
            onChange={(e) => setText(e.target.value)}
            onPressEnter={(e) => {
              if (e.shiftKey || e.nativeEvent.isComposing) return;
              e.preventDefault();
              void applyText();
            }}
          />
          <Button type="primary" onClick={() => void applyText()}>
            {t("records:apply")}
          </Button>
        </div>
      ) : (
        <Rows form={form} group={group} names={names} depth={0} onChange={change} />
      )}
      {error && <FieldError>{error}</FieldError>}
      <div className="row filter-foot">
        {!asText && (
          <>
            <Button
              size="small"
              icon={<Icon name="plus" size={13} />}
              onClick={() => change({ ...group, items: [...group.items, freshOf(names)] })}
            >
              {t("records:add_condition")}
            </Button>
            <Button
              size="small"
              icon={<Icon name="plus" size={13} />}
              onClick={() =>
                change({
                  ...group,
                  items: [
                    ...group.items,
                    { join: group.join === "and" ? "or" : "and", items: [freshOf(names), freshOf(names)] },
                  ],
                })
              }
            >
              {t("records:add_group")}
            </Button>
          </>
        )}
        <Button
          size="small"
          type="text"
          icon={<Icon name="formula" size={14} />}
          onClick={() => {
            if (asText) void toRows();
            else {
              setText(print(group, names, titles));
              setAsText(true);
            }
          }}
        >
          {asText ? t("records:as_rows") : t("records:as_formula")}
        </Button>
        <span className="spread" />
        {filter && (
          <Button
            size="small"
            type="text"
            onClick={() => {
              setGroup(EMPTY);
              setText("");
              setError(null);
              setWritten("");
              onFilter("");
            }}
          >
            {t("clear")}
          </Button>
        )}
      </div>
    </div>
  );
}

function freshOf(names: readonly Named[]): Condition {
  const first = names.find((n) => n.field.kind === "select") ?? names[0];
  return first ? fresh(first.field, first.path) : { path: "", op: "filled", value: "" };
}

function Rows({
  form,
  group,
  names,
  depth,
  onChange,
}: {
  form: Form;
  group: Group;
  names: readonly Named[];
  depth: number;
  onChange: (group: Group) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = names.map((n) => ({
    value: n.path,
    label: n.via ? `${label(n.via)} · ${label(n.field)}` : label(n.field),
  }));
  const replace = (i: number, item: Condition | Group | null) =>
    onChange({
      ...group,
      items:
        item === null ? group.items.filter((_, x) => x !== i) : group.items.map((old, x) => (x === i ? item : old)),
    });
  return (
    <div className={depth ? "filter-group" : "filter-rows"}>
      {group.items.map((item, i) => {
        const word = i === 0 ? t("records:when") : group.join === "and" ? t("records:and") : t("records:or");
        if (isGroup(item))
          return (
            <div key={i} className="filter-row">
              <span className="filter-word">{word}</span>
              <Rows
                form={form}
                group={item}
                names={names}
                depth={depth + 1}
                onChange={(next) => replace(i, next.items.length ? next : null)}
              />
            </div>
          );
        const n = names.find((x) => x.path === item.path);
        return (
          <div key={i} className="filter-row">
            <span className="filter-word">{word}</span>
            <Select
              className="filter-field"
              value={item.path}
              options={fields}
              aria-label={t("records:field")}
              popupMatchSelectWidth={260}
              showSearch={{ optionFilterProp: "label" }}
              onChange={(path) => {
                const next = names.find((x) => x.path === path);
                if (next) replace(i, fresh(next.field, path));
              }}
            />
            {n && (
              <>
                <Select
                  className="filter-op"
                  value={item.op}
                  aria-label={t("records:operator")}
                  popupMatchSelectWidth={false}
                  options={operators(n.field).map((op) => ({ value: op, label: t(`records:op_${op}`) }))}
                  onChange={(op) => {
                    const same = input(n.field, op) === input(n.field, item.op);
                    const empty = ["options", "people", "departments"].includes(input(n.field, op)) ? [] : "";
                    replace(i, { ...item, op, value: same ? item.value : empty });
                  }}
                />
                <ValueInput field={n.field} condition={item} onChange={(value) => replace(i, { ...item, value })} />
              </>
            )}
            <button
              type="button"
              className="icon-button small-button"
              aria-label={t("records:remove_condition")}
              onClick={() => replace(i, null)}
            >
              <Icon name="close" size={14} />
            </button>
          </div>
        );
      })}
    </div>
  );
}
