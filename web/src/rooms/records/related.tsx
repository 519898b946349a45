import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Empty, Fetched, Icon, SmallTable } from "@/kit";
import { type Collection, type Form, useForm, useLabel } from "@/rooms/forms";
import { AddRelated } from "./add_related";
import { pageQuery, type RecordAnswer, type Row, relatedQuery } from "./api";
import { Cell, isRight, useColumn } from "./cell";
import type { Reached } from "./record_model";
import { countedBy, defaultColumns } from "./state";
import "./parts.css";

const MOST_OF_ALL = 8;

/** What points to this record, as a small table; adding one starts with this record filled in. */
export function RelatedList({
  form,
  record,
  collection,
  most,
  at = null,
  plain = false,
}: {
  form: Form;
  record: RecordAnswer;
  collection: Collection;
  most?: number;
  at?: string | null;
  /** only looked at, with what a list leaves out: nothing is added here */
  plain?: boolean;
}) {
  const child = useForm(collection.form);
  if (!child) return null;
  return (
    <RelatedRows
      form={form}
      record={record}
      collection={collection}
      child={child}
      at={at}
      plain={plain}
      {...(most ? { most } : {})}
    />
  );
}

function RelatedRows({
  form,
  record,
  collection,
  child,
  most,
  at,
  plain,
}: {
  form: Form;
  record: RecordAnswer;
  collection: Collection;
  child: Form;
  most?: number;
  at: string | null;
  plain: boolean;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const [adding, setAdding] = useState(false);
  const { columns, asked, sort } = useShown(child, collection.field, plain);
  const rows = useQuery(relatedQuery(form.key, record.id, collection.key, asked, most ?? 50, sort, at));
  const name = label(child);
  const add = !at && !plain && child.may.includes("create") && (
    <Button size="small" icon={<Icon name="plus" size={13} />} onClick={() => setAdding(true)}>
      {t("shell:new_of", { label: name })}
    </Button>
  );
  return (
    <div className="related">
      <Fetched
        of={rows}
        rows={3}
        none={rows.data?.rows.length === 0 && <Empty actions={add}>{t("records:empty", { label: name })}</Empty>}
      >
        {(found) => (
          <>
            <Rows child={child} columns={columns} rows={found.rows} at={at} />
            {!most && (
              <div className="row related-foot">
                {add}
                {found.next && <span className="grey">{t("records:first_n", { n: found.rows.length })}</span>}
              </div>
            )}
          </>
        )}
      </Fetched>
      {adding && <AddRelated child={child} field={collection.field} record={record} onClose={() => setAdding(false)} />}
    </div>
  );
}

type Shown = NonNullable<ReturnType<ReturnType<typeof useColumn>>>;

/** What a small table shows of a form, without the field that leads back; what happened last stands first. */
function useShown(child: Form, back: string, every: boolean) {
  const column = useColumn(child);
  const known = every ? child.fields.map((f) => f.key) : defaultColumns(child);
  const paths = known.filter((c) => c !== back).slice(0, every ? MOST_OF_ALL : 5);
  const day = child.fields.find((f) => f.kind === "date" || f.kind === "datetime");
  return {
    columns: paths.flatMap((c) => column(c) ?? []),
    asked: [...paths, ...countedBy(child)],
    sort: day ? [{ field: day.key, descending: true }] : [],
  };
}

function Rows({
  child,
  columns,
  rows,
  at,
}: {
  child: Form;
  columns: readonly Shown[];
  rows: readonly Row[];
  at: string | null;
}) {
  const navigate = useNavigate();
  const to = (row: Row) => `/r/${child.key}/${row.id}${at ? `?at=${at}` : ""}`;
  return (
    <SmallTable columns={columns.map((c) => (isRight(c.field) ? { right: c.text } : c.text))}>
      {rows.map((row) => (
        <tr key={row.id} onClick={() => void navigate(to(row))}>
          {columns.map((c, i) => (
            <td key={c.path} className={isRight(c.field) ? "right" : undefined}>
              {i === 0 ? (
                <a
                  href={to(row)}
                  onClick={(e) => {
                    e.preventDefault();
                  }}
                >
                  <Cell field={c.field} value={row[c.path]} row={row} />
                </a>
              ) : (
                <Cell field={c.field} value={row[c.path]} row={row} />
              )}
            </td>
          ))}
        </tr>
      ))}
    </SmallTable>
  );
}

/** What points to this record through others: the payments of its contracts. */
export function ReachedList({ record, reached }: { record: RecordAnswer; reached: Reached }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { columns, asked, sort } = useShown(reached.form, "", false);
  const filter = `${reached.path} = ${record.id}`;
  const rows = useInfiniteQuery(pageQuery(reached.form.key, { filter, search: "", sort, columns: asked }, 50));
  const found = rows.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <div className="related">
      <Fetched
        of={rows}
        rows={3}
        none={found.length === 0 && <Empty>{t("records:empty", { label: label(reached.form) })}</Empty>}
      >
        {() => (
          <>
            <Rows child={reached.form} columns={columns} rows={found} at={null} />
            {rows.hasNextPage && (
              <Button block type="text" loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
                {t("records:more_rows")}
              </Button>
            )}
          </>
        )}
      </Fetched>
    </div>
  );
}
