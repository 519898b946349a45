import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Popover, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, Problem } from "@/api";
import { FieldError, Icon, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { codesQuery, type Standing, tryChannel } from "./api";

type Body = { to?: string; code?: string; params?: Record<string, string> };

/** 发一条给我. It asks first where nobody knows my number there, and which text an SMS has. */
export function TryButton({ one, onPending }: { one: Standing; onPending: (pending: boolean) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const [asking, setAsking] = useState(false);
  const go = useMutation({
    mutationFn: (body: Body) => tryChannel(one.channel, body),
    onMutate: () => onPending(true),
    onSuccess: () => setAsking(false),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: keys.channels });
      onPending(false);
    },
  });
  const asks = one.channel === "sms" || one.asks_to;
  const failed = go.error ? text(go.error) : null;
  const button = (
    <Button
      icon={<Icon name={one.channel === "mail_in" ? "refresh" : "send"} size={15} />}
      loading={go.isPending}
      disabled={one.state === "stopped" && one.why === "secret_lost"}
      {...(!asks && { onClick: () => go.mutate({}) })}
    >
      {t(one.channel === "mail_in" ? "channels:try_box" : "channels:try")}
    </Button>
  );
  const own = go.error instanceof Problem && go.error.code === "messages.no_own_address";
  const told = own && one.channel !== "mail" && one.channel !== "sms" ? t("channels:say_to") : failed;
  if (!asks) {
    return (
      <>
        {button}
        {told && <FieldError>{told}</FieldError>}
      </>
    );
  }
  return (
    <Popover
      open={asking}
      onOpenChange={(open) => {
        go.reset();
        setAsking(open);
      }}
      trigger="click"
      placement="topLeft"
      destroyOnHidden
      content={<TryForm one={one} pending={go.isPending} problem={told} onGo={(body) => go.mutate(body)} />}
    >
      {button}
    </Popover>
  );
}

function TryForm({
  one,
  pending,
  problem,
  onGo,
}: {
  one: Standing;
  pending: boolean;
  problem: string | null;
  onGo: (body: Body) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const sms = one.channel === "sms";
  const known = useQuery({ ...codesQuery, enabled: sms }).data ?? [];
  const set = Object.keys((one.values.codes ?? {}) as Record<string, string>);
  const all = [...new Set([...set, ...known.map((k) => k.code)])];
  const [to, setTo] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [filled, setFilled] = useState<Record<string, string>>({});
  const code = chosen ?? all[0] ?? "";
  const gaps = known.find((k) => k.code === code)?.params ?? [];
  const params = Object.fromEntries(gaps.map((gap) => [gap, filled[gap] ?? t("channels:sample")]));
  return (
    <form
      className="way-try"
      onSubmit={(event) => {
        event.preventDefault();
        onGo(sms ? { code, params } : { to: to.trim() });
      }}
    >
      {sms ? (
        <>
          <div className="labelled">
            <label htmlFor="try-code">{t("channels:which_text")}</label>
            {all.length === 0 ? (
              <Input id="try-code" value={code} onChange={(e) => setChosen(e.target.value)} />
            ) : (
              <Select
                id="try-code"
                value={code}
                options={all.map((key) => {
                  const ours = known.find((k) => k.code === key);
                  return { value: key, label: ours ? `${label(ours)} · ${key}` : key };
                })}
                onChange={(key: string) => setChosen(key)}
              />
            )}
            <span className="grey small">{t("channels:which_text_fact")}</span>
          </div>
          {gaps.map((gap) => (
            <div className="labelled" key={gap}>
              <label htmlFor={`try-${gap}`}>{gap}</label>
              <Input
                id={`try-${gap}`}
                value={params[gap]}
                onChange={(e) => setFilled({ ...filled, [gap]: e.target.value })}
              />
            </div>
          ))}
        </>
      ) : (
        <div className="labelled">
          <label htmlFor="try-to">{t(`channels:my_number_${one.channel}`)}</label>
          <Input id="try-to" autoFocus value={to} onChange={(e) => setTo(e.target.value)} />
          <span className="grey small">{t("channels:my_number_fact")}</span>
        </div>
      )}
      {problem && <FieldError>{problem}</FieldError>}
      <Button type="primary" htmlType="submit" loading={pending} disabled={sms ? !code : !to.trim()}>
        {t("channels:send_now")}
      </Button>
    </form>
  );
}
