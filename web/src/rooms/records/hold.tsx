import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Input, Modal } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { format, Notice, toast, useClock, useProblemText } from "@/kit";
import { dayOf } from "./day";
import { endHold, hold, recordProcesses } from "./plan_api";
import "./parts.css";

/** On hold: until when and why, and the way out. */
export function HeldNotice({ form, id, mayEnd }: { form: string; id: number; mayEnd: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { zone } = useClock();
  const holds = useQuery(recordProcesses(form, id)).data?.holds ?? [];
  const end = useMutation({
    mutationFn: (holdId: number) => endHold(holdId),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["records"] });
      toast({ text: t("records:hold_ended") });
    },
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });
  return (
    <>
      {holds.map((h) => (
        <Notice
          key={h.id}
          tone="review"
          icon="pause"
          action={
            mayEnd && (
              <Button size="small" loading={end.isPending} onClick={() => end.mutate(h.id)}>
                {t("records:hold_end")}
              </Button>
            )
          }
        >
          {t("records:held_until", { date: format.local(h.until, zone).day, reason: h.reason })}
        </Notice>
      ))}
    </>
  );
}

/** Stop what happens by itself, until a date and with a reason. */
export function HoldDialog({ form, id, onClose }: { form: string; id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { today } = useClock();
  const [until, setUntil] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const refresh = () => client.invalidateQueries({ queryKey: ["records"] });
  const save = useMutation({
    mutationFn: () => hold(form, id, `${until}T00:00:00`, reason.trim()),
    onSuccess: async (made) => {
      onClose();
      await refresh();
      toast({
        text: t("records:hold_set", { date: until ?? "" }),
        undo: async () => {
          await endHold(made.id);
          await refresh();
          toast({ text: t("undone") });
        },
      });
    },
  });
  return (
    <Modal
      open
      width={420}
      title={t("records:hold_title")}
      okText={t("records:hold")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !until || !reason.trim(), loading: save.isPending }}
      onOk={() => save.mutate()}
      onCancel={onClose}
    >
      <div className="hold-form">
        <p className="grey-2">{t("records:hold_fact")}</p>
        <label htmlFor="hold-until">{t("records:hold_until")}</label>
        <DatePicker
          id="hold-until"
          autoFocus
          style={{ width: "100%" }}
          value={dayOf(until)}
          minDate={dayjs(format.addDays(today, 1))}
          onChange={(d) => setUntil(d ? d.format("YYYY-MM-DD") : null)}
        />
        <label htmlFor="hold-reason">{t("records:hold_reason")}</label>
        <Input id="hold-reason" value={reason} maxLength={500} onChange={(e) => setReason(e.target.value)} />
        {save.isError && (
          <p className="bad" role="alert">
            {problemText(save.error)}
          </p>
        )}
      </div>
    </Modal>
  );
}
