import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal, Radio } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { keys } from "@/api";
import { Icon, toast, useProblemText } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { RecordAnswer } from "@/rooms/records";
import { beginProcess, type Startable, startableQuery } from "./api";
import "./customer.css";

/** What may begin now for what runs around a record; when it runs already, the way to its tasks. */
export function BeginAct({ form, record, quick = false }: { form: Form; record: RecordAnswer; quick?: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const found = useQuery(startableQuery(form.key, record.id)).data ?? [];
  const offered = found.filter((one) => !one.running);
  const [first, running] = [offered[0], found[0]];
  const size = quick ? 20 : 15;
  if (first) {
    const words = offered.every((one) => one.process === first.process)
      ? t("customer:begin", { label: label(first) })
      : t("customer:begin_some");
    return (
      <>
        {quick ? (
          <button type="button" className="bare quick-main" onClick={() => setOpen(true)}>
            <Icon name="play" size={size} />
            {words}
          </button>
        ) : (
          <Button type="primary" icon={<Icon name="play" size={size} />} onClick={() => setOpen(true)}>
            {words}
          </Button>
        )}
        {open && <BeginDialog offered={offered} words={words} onClose={() => setOpen(false)} />}
      </>
    );
  }
  if (!running) return null;
  const to = `/r/${running.form}/${running.record_id}?tab=tasks`;
  const words = t("customer:begun", { label: label(running) });
  if (quick)
    return (
      <Link to={to}>
        <Icon name="play" size={size} />
        {words}
      </Link>
    );
  return (
    <Button
      href={to}
      icon={<Icon name="play" size={size} />}
      onClick={(e) => {
        if (e.metaKey || e.ctrlKey) return;
        e.preventDefault();
        void navigate(to);
      }}
    >
      {words}
    </Button>
  );
}

function BeginDialog({
  offered,
  words,
  onClose,
}: {
  offered: readonly Startable[];
  words: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [chosen, setChosen] = useState(offered.length === 1 ? 0 : null);
  const [reason, setReason] = useState("");
  const one = chosen === null ? undefined : offered[chosen];
  const sent = useRef(false); // two clicks come before the button can say that it is busy
  const begin = useMutation({
    mutationFn: (what: Startable) => beginProcess(what, reason.trim()),
    onError: () => {
      sent.current = false;
    },
    onSuccess: async ({ began }, what) => {
      onClose();
      toast({ text: t(began ? "customer:has_begun" : "customer:ran_already", { label: label(what) }) });
      await client.invalidateQueries({ queryKey: ["records"] });
      void client.invalidateQueries({ queryKey: keys.allTasks });
      void client.invalidateQueries({ queryKey: keys.processes });
    },
  });
  const send = () => {
    if (!one || !reason.trim() || sent.current) return;
    sent.current = true;
    begin.mutate(one);
  };
  const several = offered.some((x) => x.process !== offered[0]?.process);
  const name = (x: Startable) => [x.title ?? `#${x.record_id}`, several && label(x)].filter(Boolean).join(" · ");
  return (
    <Modal
      open
      width={420}
      title={words}
      okText={t("customer:begin_verb")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !one || !reason.trim(), loading: begin.isPending }}
      onOk={send}
      onCancel={onClose}
    >
      <div className="begin-form">
        <p className="grey-2">{t("customer:begin_fact")}</p>
        {offered.length === 1 && one ? (
          <p>
            {t("customer:begin_for")} <b>{name(one)}</b>
          </p>
        ) : (
          <Radio.Group
            aria-label={t("customer:begin_for")}
            value={chosen}
            onChange={(e) => setChosen(Number(e.target.value))}
            options={offered.map((x, at) => ({ value: at, label: name(x) }))}
          />
        )}
        <label htmlFor="begin-reason">{t("customer:begin_reason")}</label>
        <Input
          id="begin-reason"
          autoFocus
          value={reason}
          maxLength={500}
          onChange={(e) => setReason(e.target.value)}
          onPressEnter={(e) => {
            if (!e.nativeEvent.isComposing) send();
          }}
        />
        {begin.isError && (
          <p className="bad" role="alert">
            {problemText(begin.error)}
          </p>
        )}
      </div>
    </Modal>
  );
}
