import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Empty, Fetched, Icon, SmallTable } from "@/kit";
import { type Collection, type Form, useForm, useLabel } from "@/rooms/forms";
import { AddRelated } from "./add_related";
import { type RecordAnswer, relatedQuery } from "./api";
import { Cell, isRight, useColumn } from "./cell";
import { countedBy, defaultColumns } from "./state";
import "./parts.css";

/** What points to this record, as a small table; adding one starts with this record filled in. */
export function RelatedList({
  form,
  record,
  collection,
  most,
  at = null,
}: {
  form: Form;
  record: RecordAnswer;
  collection: Collection;
  most?: number;
  at?: string | null;
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
}: {
  form: Form;
  record: RecordAnswer;
  collection: Collection;
  child: Form;
  most?: number;
  at: string | null;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const column = useColumn(child);
  const paths = defaultColumns(child)
    .filter((c) => c !== collection.field)
    .slice(0, 5);
  const columns = paths.flatMap((c) => column(c) ?? []);
  const needs = countedBy(child);
  // what happened last stands first
  const day = child.fields.find((f) => f.kind === "date" || f.kind === "datetime");
  const sort = day ? [{ field: day.key, descending: true }] : [];
  const rows = useQuery(relatedQuery(form.key, record.id, collection.key, [...paths, ...needs], most ?? 50, sort, at));
  const name = label(child);
  const add = !at && child.may.includes("create") && (
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
            <SmallTable columns={columns.map((c) => (isRight(c.field) ? { right: c.text } : c.text))}>
              {found.rows.map((row) => (
                <tr key={row.id} onClick={() => void navigate(`/r/${child.key}/${row.id}${at ? `?at=${at}` : ""}`)}>
                  {columns.map((c, i) => (
                    <td key={c.path} className={isRight(c.field) ? "right" : undefined}>
                      {i === 0 ? (
                        <a
                          href={`/r/${child.key}/${row.id}${at ? `?at=${at}` : ""}`}
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
