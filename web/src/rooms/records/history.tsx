import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Empty, Face, Fetched, Icon, Moment } from "@/kit";
import type { Form } from "@/rooms/forms";
import { type Change, historyQuery } from "./api";
import { Cell } from "./cell";
import "./parts.css";

/** Who changed what and when, newest first. */
export function History({ form, id }: { form: Form; id: number }) {
  const { t } = useTranslation();
  const history = useQuery(historyQuery(form.key, id));
  return (
    <Fetched of={history} rows={5} none={history.data?.length === 0 && <Empty>{t("records:no_history")}</Empty>}>
      {(changes) => (
        <>
          <p className="history-all">
            <Link to={`/r/${form.key}/${id}/history`}>{t("history:open")}</Link>
          </p>
          <ol className="history">
            {changes.map((c) => (
              <Entry key={c.id} form={form} change={c} />
            ))}
          </ol>
        </>
      )}
    </Fetched>
  );
}

function Entry({ form, change }: { form: Form; change: Change }) {
  const { t } = useTranslation();
  const person = change.kind === "person";
  const name = person && change.actor ? change.actor : t("records:system");
  const file = change.cause.file;
  const why = change.reason
    ? t(`records:reason_${change.reason}`, { file: typeof file === "string" ? file : "", defaultValue: "" })
    : "";
  return (
    <li>
      {person ? (
        <Face name={name} size={26} />
      ) : (
        <span className="history-system">
          <Icon name="bolt" size={15} />
        </span>
      )}
      <div className="spread">
        <p className="row">
          <b>{name}</b>
          <span>{t(`records:did_${change.op}`)}</span>
          {why && <span className="grey cut">{why}</span>}
          <span className="spread" />
          <span className="grey">
            <Moment value={change.at} />
          </span>
        </p>
        {change.fields.map((f) => {
          const field = form.fields.find((x) => x.key === f.key);
          return (
            <p key={f.key} className="history-field">
              <span className="grey-2">{f.label}</span>
              <del>{field ? <Cell field={field} value={f.before} /> : String(f.before ?? "—")}</del>
              <Icon name="arrowRight" size={13} />
              <ins>{field ? <Cell field={field} value={f.after} /> : String(f.after ?? "—")}</ins>
            </p>
          );
        })}
      </div>
    </li>
  );
}
