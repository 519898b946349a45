import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, Chip, Face, format, Icon, Lines, useClock } from "@/kit";
import { type Form, useForm, useLabel, valueKind } from "@/rooms/forms";
import { type RecordAnswer, type Row, relatedQuery } from "@/rooms/records";
import { AddRelated } from "@/rooms/records/add_related";
import { titleOf } from "@/rooms/records/cell";
import { collectionCountQuery } from "./api";
import "./customer.css";

const NEW_DAYS = 60;
const MOST = 20;

/** Who to talk to: how to reach them, who is new, who has left. */
export function People({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { today } = useClock();
  const folk = form.overview?.people;
  const collection = form.collections.find((c) => c.key === folk?.of);
  const child = useForm(collection?.form ?? "");
  const [adding, setAdding] = useState(false);
  const shown = child?.fields.filter((f) => f.key !== collection?.field) ?? [];
  const of = (...kinds: string[]) => shown.filter((f) => kinds.includes(valueKind(f)) && f.key !== child?.title);
  const columns = [child?.title, folk?.left, ...of("text", "select", "phone", "mail").map((f) => f.key), "created_at"];
  const rows = useQuery({
    ...relatedQuery(
      form.key,
      record.id,
      folk?.of ?? "",
      columns.filter((k) => typeof k === "string"),
      MOST,
    ),
    enabled: folk != null && child !== undefined,
  }).data?.rows;
  const full = rows?.length === MOST && collection !== undefined;
  const count = useQuery({
    ...collectionCountQuery(collection?.form ?? "", collection?.field ?? "", record.id),
    enabled: full,
  }).data?.count;
  if (!folk || !collection || !child) return null;
  const gone = (row: Row) => Boolean(folk.left && row[folk.left] && String(row[folk.left]) <= today);
  const words = (row: Row) =>
    [...of("text"), ...of("select")]
      .map((f) => {
        const option = f.options?.find((o) => o.key === row[f.key]);
        return option ? label(option) : row[f.key];
      })
      .filter(Boolean)
      .join(" · ");
  const text = (row: Row, kind: string) =>
    of(kind)
      .map((f) => row[f.key])
      .find(Boolean) as string | undefined;
  const dial = (number: string) => (/^[+\d][\d\s-]+$/.test(number) ? `tel:${number.replace(/[\s-]/g, "")}` : null);
  return (
    <Card
      title={label(child)}
      extra={
        child.may.includes("create") && (
          <button
            type="button"
            className="icon-button"
            aria-label={t("shell:new_of", { label: label(child) })}
            title={t("shell:new_of", { label: label(child) })}
            onClick={() => setAdding(true)}
          >
            <Icon name="plus" size={16} />
          </button>
        )
      }
    >
      {!rows ? (
        <Lines rows={2} />
      ) : rows.length === 0 ? (
        <p className="grey">{t("records:empty", { label: label(child) })}</p>
      ) : (
        <ul className="folk">
          {[...rows]
            .sort((a, b) => Number(gone(a)) - Number(gone(b)))
            .map((row) => {
              const name = titleOf(child, row);
              const [phone, mail] = [text(row, "phone"), text(row, "mail")];
              const call = phone ? dial(phone) : null;
              const since = String(row.created_at ?? "").slice(0, 10);
              const fresh =
                since !== "" && format.daysBetween(since, today) < NEW_DAYS && since > record.created_at.slice(0, 10);
              return (
                <li key={row.id} className={gone(row) ? "folk-gone" : undefined}>
                  <Face name={name} size={32} />
                  <div className="spread">
                    <p className="row">
                      <Link to={`/r/${child.key}/${row.id}`} className="cut">
                        <b>{name}</b>
                      </Link>
                      <span className="grey small cut" title={words(row)}>
                        {words(row)}
                      </span>
                      {gone(row) ? (
                        <Chip>{t("customer:left")}</Chip>
                      ) : (
                        fresh && <Chip tone="info">{t("customer:new")}</Chip>
                      )}
                    </p>
                    <p className="grey small cut">{phone ?? mail ?? ""}</p>
                  </div>
                  {call && !gone(row) && (
                    <a href={call} className="icon-button" aria-label={t("customer:call", { name })}>
                      <Icon name="phone" size={16} />
                    </a>
                  )}
                  {!call && mail?.includes("@") && !mail.includes("*") && !gone(row) && (
                    <a href={`mailto:${mail}`} className="icon-button" aria-label={t("customer:write", { name })}>
                      <Icon name="mail" size={16} />
                    </a>
                  )}
                </li>
              );
            })}
        </ul>
      )}
      {full && count !== undefined && count > MOST && (
        <Link to={`/r/${form.key}/${record.id}?tab=${collection.key}`}>
          {t("customer:all_of", { n: count.toLocaleString("en"), noun: child.noun })}
        </Link>
      )}
      {adding && <AddRelated child={child} field={collection.field} record={record} onClose={() => setAdding(false)} />}
    </Card>
  );
}
