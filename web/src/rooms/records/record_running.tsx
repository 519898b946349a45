import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Fetched, Icon, Moment } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { type Instance, recordChildren } from "./plan_api";

/** A process that runs: where it stands, what it waits for, who or what has begun it. */
export function Running({ form, id, one }: { form: string; id: number; one: Instance }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [shown, show] = useState("");
  const nodes = one.nodes ?? [];
  return (
    <li>
      <div className="plan-row">
        <Icon name="flow" size={16} />
        <span className="spread cut">
          <b>{label(one)}</b>{" "}
          <span className="grey-2">
            {nodes.map((n, at) => (
              <span key={`${n.key} ${at}`}>
                {at > 0 && "、"}
                {label(n)}
                {n.children && (
                  <Button
                    type="link"
                    size="small"
                    aria-expanded={shown === n.key}
                    onClick={() => show(shown === n.key ? "" : n.key)}
                  >
                    {t("records:children_over", n.children)}
                  </Button>
                )}
              </span>
            ))}
          </span>
          {one.begun && (
            <span className="grey">
              {" "}
              {t("records:begun_by", { by: one.begun.by ?? t("records:system"), reason: one.begun.reason })}
            </span>
          )}
          {one.called_by && <span className="grey"> {t("records:called_by", { process: label(one.called_by) })}</span>}
        </span>
        <span className="grey">
          <Moment value={one.started_at} />
        </span>
      </div>
      {shown && <Children form={form} id={id} instance={one.id} node={shown} />}
    </li>
  );
}

function Children(of: { form: string; id: number; instance: number; node: string }) {
  const { t } = useTranslation();
  const found = useInfiniteQuery(recordChildren(of.form, of.id, of.instance, of.node));
  return (
    <Fetched of={found} rows={3}>
      {(data) => (
        <ul className="plan-children">
          {data.pages
            .flatMap((page) => page.rows)
            .map((c) => (
              <li key={c.id} className="plan-row">
                <Link to={`/r/${c.form}/${c.record_id}?tab=plan`} className="spread cut">
                  {c.record_title}
                </Link>
                {!c.begun && <span className="grey">{t("records:child_linked")}</span>}
                <Chip tone={c.state === "open" ? "brand" : "plain"}>{t(`records:child_${c.state}`)}</Chip>
              </li>
            ))}
          {found.hasNextPage && (
            <Button type="link" size="small" onClick={() => void found.fetchNextPage()}>
              {t("records:more_children")}
            </Button>
          )}
        </ul>
      )}
    </Fetched>
  );
}
