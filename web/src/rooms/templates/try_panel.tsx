import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Icon, Moment, useProblemText } from "@/kit";
import { definitionsQuery } from "@/rooms/design";
import { useLabel } from "@/rooms/forms";
import { RecordSelect } from "@/rooms/imports/record_select";
import { useMe } from "@/rooms/people";
import { type Asked, type Preview, tryOut } from "./api";

export interface Sample {
  record: { id: number; label: string } | null;
  audience: string;
}

/** For which record it is shown and to whom it would go; and one to oneself. */
export function TryPanel({
  form,
  sample,
  onSample,
  found,
  asked,
  names,
}: {
  form: string;
  sample: Sample;
  onSample: (sample: Sample) => void;
  found: Preview | undefined;
  /** as it is drawn now; null while no record is chosen */
  asked: Asked | null;
  names: ReadonlyMap<string, string>;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const problemText = useProblemText();
  const audiences = useQuery(definitionsQuery("audience")).data ?? [];
  const [to, setTo] = useState("");
  const named = asked !== null && !["mail", "sms"].includes(asked.channel);
  const send = useMutation({ mutationFn: (one: Asked) => tryOut({ ...one, ...(to ? { to } : {}) }) });
  return (
    <div className="inspector-body">
      <div className="labelled">
        <span>{t("templates:record")}</span>
        <RecordSelect
          form={form}
          value={sample.record}
          first={[]}
          label={t("templates:record")}
          onChange={(id) => onSample({ ...sample, record: id === null ? null : { id, label: `#${id}` } })}
        />
      </div>
      <div className="labelled">
        <label htmlFor="tpl-audience">{t("templates:audience")}</label>
        <Select
          id="tpl-audience"
          value={sample.audience || null}
          placeholder={t("templates:choose_audience")}
          options={audiences.filter((one) => one.state !== "new").map((one) => ({ value: one.key, label: label(one) }))}
          onChange={(audience) => onSample({ ...sample, audience })}
        />
      </div>
      {found?.unheard && <FieldError>{found.unheard}</FieldError>}
      {found && found.reached.length > 0 && (
        <section>
          <h4>{t("templates:reached")}</h4>
          <ul className="tpl-reached">
            {found.reached.map((one, at) => (
              <li key={at}>
                <Icon name={one.channel === "mail" ? "mail" : one.channel === "sms" ? "phone" : "chat"} size={14} />
                {one.address ? (
                  <span className="cut spread">
                    {one.name} <span className="grey">{one.address}</span>
                  </span>
                ) : (
                  <span className="bad spread">
                    {t(`templates:${one.why === "no_address" ? "no_address" : "no_contact"}`)}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {found && found.missing.length > 0 && (
        <p className="tpl-lacks" role="status">
          <Icon name="warning" size={14} />{" "}
          {t("templates:missing", { names: found.missing.map((one) => names.get(one) ?? one).join(t("design:comma")) })}
        </p>
      )}
      {me.may.includes("release") && (
        <section className="tpl-try">
          {named && (
            <div className="labelled">
              <label htmlFor="tpl-to">{t("templates:my_name_there")}</label>
              <Input id="tpl-to" value={to} onChange={(e) => setTo(e.target.value.trim())} />
            </div>
          )}
          <Button
            icon={<Icon name="send" size={14} />}
            disabled={asked === null || asked.channel === "in_app"}
            loading={send.isPending}
            onClick={() => asked && send.mutate(asked)}
          >
            {t("templates:send_me")}
          </Button>
          {send.isError && <FieldError>{problemText(send.error)}</FieldError>}
          {send.data && (
            <p role="status" className={send.data.state === "sent" ? "good" : "bad"}>
              {t(`templates:tried_${send.data.state}`)} <Moment value={send.data.at} />
              {send.data.state !== "sent" && send.data.detail && (
                <span className="grey small course-fact">{send.data.detail}</span>
              )}
            </p>
          )}
        </section>
      )}
    </div>
  );
}
