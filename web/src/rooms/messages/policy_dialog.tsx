import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Input, InputNumber, Modal, Radio, Switch, TimePicker } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { Fetched, FieldError, Icon, toast, useProblemText } from "@/kit";
import { type Policy, policyQuery, savePolicy } from "./api";
import { moved, ORDER, silent } from "./model";

/** 静默与合并: when nothing leaves for customers, how much is too much, and what is tried when a way fails. */
export function PolicyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const found = useQuery(policyQuery);
  const [drawn, draw] = useState<Policy | null>(null);
  const policy = drawn ?? found.data;
  const save = useMutation({
    mutationFn: savePolicy,
    onSuccess: async (_, now) => {
      const before = found.data;
      onClose();
      await client.invalidateQueries({ queryKey: keys.channels });
      await client.invalidateQueries({ queryKey: keys.allMessages });
      const back =
        before && (() => savePolicy(before).then(() => client.invalidateQueries({ queryKey: keys.channels })));
      if (now !== before) toast({ text: t("messages:policy_saved"), ...(back ? { undo: back } : {}) });
    },
  });
  return (
    <Modal
      open
      width={600}
      title={t("messages:policy")}
      okText={t("save")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !drawn, loading: save.isPending }}
      onOk={() => drawn && save.mutate(drawn)}
      onCancel={onClose}
    >
      <Fetched of={found} rows={6}>
        {() => policy && <Fields policy={policy} put={(values) => draw({ ...policy, ...values })} />}
      </Fetched>
      {save.isError && <FieldError>{problemText(save.error)}</FieldError>}
    </Modal>
  );
}

function Fields({ policy, put }: { policy: Policy; put: (values: Partial<Policy>) => void }) {
  const { t } = useTranslation();
  const quiet = { since: "21:00", until: "08:30", workdays_only: false, ...policy.quiet };
  const cap = policy.cap;
  const fallback = policy.fallback;
  return (
    <div className="policy">
      <section>
        <div className="row">
          <Switch
            id="policy-quiet"
            size="small"
            checked={silent(policy)}
            onChange={(on) => put({ quiet: on ? quiet : null })}
          />
          <label htmlFor="policy-quiet">{t("messages:quiet")}</label>
          {silent(policy) && (
            <>
              <TimePicker
                className="policy-time"
                format="HH:mm"
                minuteStep={15}
                needConfirm={false}
                allowClear={false}
                aria-label={t("messages:quiet_since")}
                value={dayjs(`2000-01-01T${quiet.since}`)}
                onChange={(at) => at && put({ quiet: { ...quiet, since: at.format("HH:mm") } })}
              />
              {t("messages:until")}
              <TimePicker
                className="policy-time"
                format="HH:mm"
                minuteStep={15}
                needConfirm={false}
                allowClear={false}
                aria-label={t("messages:quiet_until")}
                value={dayjs(`2000-01-01T${quiet.until}`)}
                onChange={(at) => at && put({ quiet: { ...quiet, until: at.format("HH:mm") } })}
              />
            </>
          )}
        </div>
        {silent(policy) && (
          <Checkbox
            checked={quiet.workdays_only}
            onChange={(e) => put({ quiet: { ...quiet, workdays_only: e.target.checked } })}
          >
            {t("messages:workdays_only")}
          </Checkbox>
        )}
        <p className="grey small">{t("messages:quiet_fact")}</p>
      </section>
      <section>
        <h4>{t("messages:cap")}</h4>
        <div className="row">
          <label htmlFor="policy-day">{t("messages:cap_day")}</label>
          <InputNumber
            id="policy-day"
            min={0}
            max={1000}
            value={cap.day}
            onChange={(day) => put({ cap: { ...cap, day: day ?? 0 } })}
          />
          <label htmlFor="policy-week">{t("messages:cap_week")}</label>
          <InputNumber
            id="policy-week"
            min={0}
            max={1000}
            value={cap.week}
            onChange={(week) => put({ cap: { ...cap, week: week ?? 0 } })}
          />
        </div>
        <p className="grey small">{t("messages:cap_fact")}</p>
      </section>
      <section>
        <h4 id="policy-merge">{t("messages:merge")}</h4>
        <Radio.Group
          aria-labelledby="policy-merge"
          value={policy.merge}
          onChange={(e) => put({ merge: e.target.value as Policy["merge"] })}
          options={[
            { value: "template", label: t("messages:merge_template") },
            { value: "customer", label: t("messages:merge_customer") },
          ]}
        />
      </section>
      <section>
        <h4>{t("messages:fallback")}</h4>
        <ol className="policy-order">
          {fallback.map((one, at) => (
            <li key={one}>
              <span className="spread">
                {at + 1}. {t(`messages:channel_${one}`)}
              </span>
              <button
                type="button"
                className="icon-button"
                aria-label={t("messages:earlier", { channel: t(`messages:channel_${one}`) })}
                disabled={at === 0}
                onClick={() => put({ fallback: moved(fallback, at, -1) })}
              >
                <Icon name="arrowUp" size={14} />
              </button>
              <button
                type="button"
                className="icon-button"
                aria-label={t("messages:later", { channel: t(`messages:channel_${one}`) })}
                disabled={at === fallback.length - 1}
                onClick={() => put({ fallback: moved(fallback, at, 1) })}
              >
                <Icon name="arrowDown" size={14} />
              </button>
              <button
                type="button"
                className="icon-button"
                aria-label={t("messages:leave_out", { channel: t(`messages:channel_${one}`) })}
                onClick={() => put({ fallback: fallback.filter((other) => other !== one) })}
              >
                <Icon name="close" size={14} />
              </button>
            </li>
          ))}
          <li className="grey">
            {fallback.length + 1}. {t("messages:a_call")}
          </li>
        </ol>
        <div className="row">
          {ORDER.filter((one) => !fallback.includes(one)).map((one) => (
            <button
              key={one}
              type="button"
              className="bare message-more"
              onClick={() => put({ fallback: [...fallback, one] })}
            >
              <Icon name="plus" size={12} /> {t(`messages:channel_${one}`)}
            </button>
          ))}
        </div>
      </section>
      <section>
        <div className="row">
          <label htmlFor="policy-approve">{t("messages:approve_above")}</label>
          <InputNumber
            id="policy-approve"
            min={0}
            max={1_000_000}
            value={policy.approve_above}
            onChange={(n) => put({ approve_above: n ?? 0 })}
          />
          {t("messages:approve_above_people")}
        </div>
        <p className="grey small">{t("messages:approve_fact")}</p>
      </section>
      <section className="labelled">
        <label htmlFor="policy-link">{t("messages:link_base")}</label>
        <Input
          id="policy-link"
          value={policy.link_base}
          placeholder="https://"
          onChange={(e) => put({ link_base: e.target.value.trim() })}
        />
        <p className="grey small">{t("messages:link_fact")}</p>
      </section>
    </div>
  );
}
