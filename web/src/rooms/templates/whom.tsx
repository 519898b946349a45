import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Icon, useProblemText } from "@/kit";
import { ConditionField } from "@/rooms/forms/condition_field";
import { type Foreseen, foresee } from "./api";
import type { TemplateTree } from "./model";

/** Who would get it now, of the records that I may read: nothing is written. */
export function Whom({ tree, audience }: { tree: TemplateTree; audience: string }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [where, setWhere] = useState("");
  const [of, setOf] = useState<{ found: Foreseen; stamp: string } | null>(null);
  const stamp = JSON.stringify([tree, audience, where]);
  const ask = useMutation({
    mutationFn: () => foresee(tree, audience, where),
    onSuccess: (found) => setOf({ found, stamp }),
  });
  return (
    <div className="inspector-body">
      <ConditionField
        id="tpl-where"
        label={t("templates:which")}
        tree={{ form: tree.form }}
        value={where}
        onChange={setWhere}
        problem={null}
        sample={null}
      />
      <Button loading={ask.isPending} disabled={!audience} onClick={() => ask.mutate()}>
        {t("templates:who_gets")}
      </Button>
      {!audience && <p className="grey small">{t("templates:choose_audience")}</p>}
      {ask.isError && <FieldError>{problemText(ask.error)}</FieldError>}
      {of && !ask.isError && (
        <div role="status" className={of.stamp === stamp ? "" : "tpl-still"}>
          <p>
            {t("templates:whom_records", { count: of.found.records })}
            {of.found.more && <span className="grey"> {t("templates:whom_more")}</span>}
          </p>
          <table className="tpl-ways">
            <tbody>
              {Object.entries(of.found.ways).map(([channel, way]) => (
                <tr key={channel}>
                  <th scope="row">{t(`messages:channel_${channel}`)}</th>
                  <td className="right">
                    <b>{t("templates:whom_messages", { count: way.messages })}</b>
                  </td>
                  <td className="grey small">
                    {[
                      way.merged ? t("templates:whom_merged", { count: way.merged }) : "",
                      way.unaddressed ? t("templates:whom_unaddressed", { count: way.unaddressed }) : "",
                      way.opted_out ? t("templates:whom_opted_out", { count: way.opted_out }) : "",
                      way.parts ? t("templates:sms_parts", { count: way.parts }) : "",
                      way.price ? t("templates:sms_price", { price: way.price.toFixed(2) }) : "",
                    ]
                      .filter(Boolean)
                      .join(" · ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <ul className="tpl-whom">
            {of.found.shown.slice(0, 20).map((one) => (
              <li key={`${one.channel}${one.record_id}${one.address}`}>
                <Icon name={one.channel === "mail" ? "mail" : one.channel === "sms" ? "phone" : "chat"} size={14} />
                <span className="cut spread" title={one.subject}>
                  {one.name ?? <span className="bad">{t("messages:no_recipient")}</span>}{" "}
                  <span className="grey">{one.subject || one.body}</span>
                </span>
              </li>
            ))}
          </ul>
          {of.stamp !== stamp && <p className="grey small">{t("templates:whom_stale")}</p>}
        </div>
      )}
    </div>
  );
}
