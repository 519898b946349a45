import { Button, Checkbox, Input, Popover, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { Sort } from "./api";
import { useColumn } from "./cell";
import { defaultSort } from "./state";
import { useNames } from "./use_names";

interface Sorting {
  form: Form;
  sort: readonly Sort[];
  onSort: (sort: Sort[]) => void;
}

export function SortButton(props: Sorting) {
  const { t } = useTranslation();
  return (
    <Popover trigger="click" placement="bottomRight" content={<SortRows {...props} />}>
      <Button icon={<Icon name="sort" size={15} />}>{t("records:sort")}</Button>
    </Popover>
  );
}

/** By which fields, the first before the next. */
export function SortRows({ form, sort, onSort }: Sorting) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = form.fields
    .filter((f) => f.kind !== "multi_select" && f.kind !== "long_text")
    .map((f) => ({ value: f.key, label: label(f) }));
  const set = (i: number, s: Sort | null) =>
    onSort(s === null ? sort.filter((_, x) => x !== i) : sort.map((old, x) => (x === i ? s : old)));
  const unused = fields.find((f) => !sort.some((s) => s.field === f.value));
  return (
    <div className="pop">
      {sort.map((s, i) => (
        <div className="row" key={s.field}>
          <Select
            value={s.field}
            options={fields}
            style={{ width: 160 }}
            aria-label={t("records:field")}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(field) => set(i, { ...s, field })}
          />
          <Select
            value={s.descending}
            style={{ width: 96 }}
            aria-label={t("records:direction")}
            showSearch={false}
            options={[
              { value: false, label: t("records:ascending") },
              { value: true, label: t("records:descending") },
            ]}
            onChange={(descending) => set(i, { ...s, descending })}
          />
          <button
            type="button"
            className="icon-button small-button"
            aria-label={t("records:remove_sort")}
            onClick={() => set(i, null)}
          >
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
      <div className="row">
        {unused && sort.length < 3 && (
          <Button size="small" onClick={() => onSort([...sort, { field: unused.value, descending: false }])}>
            {t("records:add_sort")}
          </Button>
        )}
        <span className="spread" />
        <Button size="small" type="text" onClick={() => onSort(defaultSort(form))}>
          {t("records:restore_default")}
        </Button>
      </div>
    </div>
  );
}

export function ColumnsButton({
  form,
  columns,
  usual,
  frozen,
  onFrozen,
  onColumns,
}: {
  form: Form;
  usual: readonly string[];
  columns: readonly string[];
  frozen: readonly string[];
  onFrozen: (frozen: string[]) => void;
  /** `again`: back to what the form shows by itself */
  onColumns: (columns: string[], again?: boolean) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const column = useColumn(form);
  const { names } = useNames(form);
  const [search, setSearch] = useState("");
  const chosen = columns.flatMap((c) => column(c) ?? []);
  const rest = names
    .filter((n) => !columns.includes(n.path) && n.field.kind !== "long_text")
    .map((n) => ({ path: n.path, text: n.via ? `${label(n.via)} · ${label(n.field)}` : label(n.field) }))
    .filter((n) => n.text.toLowerCase().includes(search.toLowerCase()));
  const move = (i: number, by: number) => {
    const next = [...columns];
    const [one] = next.splice(i, 1);
    if (one) next.splice(i + by, 0, one);
    onColumns(next);
  };
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={
        <div className="pop columns-pop">
          <ul>
            {chosen.map((c, i) => (
              <li key={c.path} className="row">
                <Checkbox
                  checked
                  disabled={chosen.length === 1}
                  onChange={() => onColumns(columns.filter((x) => x !== c.path))}
                >
                  {c.text}
                </Checkbox>
                <span className="spread" />
                <button
                  type="button"
                  className={`icon-button small-button ${frozen.includes(c.path) ? "tinted" : ""}`}
                  aria-pressed={frozen.includes(c.path)}
                  aria-label={t("records:freeze", { label: c.text })}
                  title={t("records:freeze", { label: c.text })}
                  onClick={() =>
                    onFrozen(frozen.includes(c.path) ? frozen.filter((x) => x !== c.path) : [...frozen, c.path])
                  }
                >
                  <Icon name="pin" size={14} />
                </button>
                <button
                  type="button"
                  className="icon-button small-button"
                  disabled={i === 0}
                  aria-label={t("records:column_earlier", { label: c.text })}
                  onClick={() => move(i, -1)}
                >
                  <Icon name="up" size={14} />
                </button>
                <button
                  type="button"
                  className="icon-button small-button"
                  disabled={i === chosen.length - 1}
                  aria-label={t("records:column_later", { label: c.text })}
                  onClick={() => move(i, 1)}
                >
                  <Icon name="down" size={14} />
                </button>
              </li>
            ))}
          </ul>
          <Input
            value={search}
            allowClear
            placeholder={t("records:find_field")}
            aria-label={t("records:find_field")}
            onChange={(e) => setSearch(e.target.value)}
          />
          <ul className="columns-rest">
            {rest.map((n) => (
              <li key={n.path}>
                <Checkbox checked={false} onChange={() => onColumns([...columns, n.path])}>
                  {n.text}
                </Checkbox>
              </li>
            ))}
          </ul>
          <Button size="small" type="text" onClick={() => onColumns([...usual], true)}>
            {t("records:restore_default")}
          </Button>
        </div>
      }
    >
      <Button icon={<Icon name="columns" size={15} />}>{t("records:columns")}</Button>
    </Popover>
  );
}
