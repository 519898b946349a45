import { useQuery } from "@tanstack/react-query";
import { Checkbox, Popover } from "antd";
import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Icon, Moment, useAsk } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import { backlogQuery } from "./api";
import { isActive, type RuleTree } from "./model";

/** From when on it works, and for whom it holds already: those are left, or taken along once. */
export function BacklogLine({
  tree,
  blocked,
  along,
  onAlong,
}: {
  tree: RuleTree;
  blocked: boolean;
  along: boolean;
  onAlong: (along: boolean) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const ask = useAsk();
  const form = useForm(tree.form);
  const found = useQuery(backlogQuery(useDeferredValue(blocked ? null : tree))).data;
  if (blocked || !found || !isActive(tree)) return null;
  const of = { n: found.count, noun: form?.noun ?? "", label: form ? label(form) : tree.form };
  async function choose(on: boolean) {
    const sure =
      !on ||
      (await ask({
        title: t("rules:along_title", of),
        effect: t("rules:along_effect"),
        verb: t("rules:along_verb", of),
      }));
    if (sure) onAlong(on);
  }
  return (
    <div className="notice notice-info rule-backlog" role="status">
      <Icon name="info" size={15} />
      <span className="spread">
        {t(`rules:from_${tree.when.kind === "changed" ? "change" : tree.when.kind === "offsets" ? "date" : "look"}`)}{" "}
        {found.count === 0 ? (
          t("rules:backlog_none")
        ) : found.followed_at ? (
          <>
            {t("rules:backlog_follows", of)} <Moment value={found.followed_at} />
          </>
        ) : (
          t("rules:backlog", of)
        )}
      </span>
      {found.count > 0 && !found.followed_at && (
        <Checkbox checked={along} onChange={(e) => void choose(e.target.checked)}>
          <b>{t("rules:along", of)}</b>
        </Checkbox>
      )}
      {found.rows.length > 0 && (
        <Popover
          trigger="click"
          placement="topRight"
          content={
            <ul className="rule-backlog-list">
              {found.rows.map((one) => (
                <li key={one.record_id}>
                  <Link to={`/r/${tree.form}/${one.record_id}`} target="_blank">
                    {one.title ?? `#${one.record_id}`}
                  </Link>
                </li>
              ))}
              {found.count > found.rows.length && (
                <li className="grey">{t("rules:and_more", { n: found.count - found.rows.length })}</li>
              )}
            </ul>
          }
        >
          <button type="button" className="bare rule-why-button">
            {t("rules:see_list")}
          </button>
        </Popover>
      )}
    </div>
  );
}
