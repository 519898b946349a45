import { useMutation } from "@tanstack/react-query";
import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, Moment, useProblemText } from "@/kit";
import { toMe } from "./api";

/** A copy of a message to oneself, now, though the channel is held; the result stands at the button. */
export function ToMe({ id, channel }: { id: number; channel: string }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [asking, setAsking] = useState(false);
  const [to, setTo] = useState("");
  const send = useMutation({ mutationFn: () => toMe(id, to), onSettled: () => setAsking(false) });
  const named = !["mail", "sms"].includes(channel);
  const button = (
    <Button
      icon={<Icon name="person" size={14} />}
      loading={send.isPending}
      onClick={() => (named ? setAsking(!asking) : send.mutate())}
    >
      {t("messages:to_me")}
    </Button>
  );
  return (
    <span className="to-me">
      {named ? (
        <Popover
          open={asking}
          trigger={[]}
          content={
            <form
              className="row"
              onSubmit={(e) => {
                e.preventDefault();
                send.mutate();
              }}
            >
              <Input
                value={to}
                aria-label={t("templates:my_name_there")}
                placeholder={t("templates:my_name_there")}
                onChange={(e) => setTo(e.target.value.trim())}
              />
              <Button htmlType="submit" type="primary">
                {t("messages:to_me_send")}
              </Button>
            </form>
          }
        >
          {button}
        </Popover>
      ) : (
        button
      )}
      {send.isError && (
        <span className="bad small" role="alert">
          {problemText(send.error)}
        </span>
      )}
      {send.data && (
        <span
          className={send.data.state === "sent" ? "good small" : "bad small"}
          role="status"
          title={send.data.detail || undefined}
        >
          {t(`templates:tried_${send.data.state}`)} <Moment value={send.data.at} />
        </span>
      )}
    </span>
  );
}
