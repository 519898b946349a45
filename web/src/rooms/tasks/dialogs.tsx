import { useQuery } from "@tanstack/react-query";
import { Button, DatePicker, Input, Modal, type RefSelectProps, Select } from "antd";
import dayjs from "dayjs";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { format, useClock } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { peopleQuery } from "@/rooms/people";
import type { Values } from "@/rooms/records/record_model";
import { findTargets, finishTasks, moveTasks, setTasksDue, snoozeTasks, type Task } from "./api";
import { FinishForm } from "./finish_form";
import { snoozeChoices } from "./inbox_model";
import { titleOf } from "./model";
import { useActs } from "./use_acts";
import "./inbox.css";

interface Props {
  tasks: readonly Task[];
  /** with `done` something has changed */
  onClose: (done: boolean) => void;
}
const idsOf = (tasks: readonly Task[]) => tasks.map((task) => task.id);

function useSubject(tasks: readonly Task[]) {
  const { t } = useTranslation();
  const label = useLabel();
  const [first] = tasks;
  return tasks.length === 1 && first
    ? `「${titleOf(first, label)}」`
    : t("tasks:subject_many", { count: tasks.length });
}

/** To whom: who may not read all of the records stands below, with the reason. */
export function MoveDialog({ tasks, onClose }: Props) {
  const { t } = useTranslation();
  const subject = useSubject(tasks);
  const { run } = useActs();
  const people = useQuery(peopleQuery).data ?? [];
  const ids = idsOf(tasks);
  const able = useQuery({ queryKey: keys.tasks(["targets", ids]), queryFn: () => findTargets(ids) }).data;
  const [to, setTo] = useState<number | null>(null);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef<RefSelectProps>(null);
  const name = people.find((p) => p.id === to)?.name ?? "";
  const reads = (id: number) => able?.find((one) => one.id === id)?.readable ?? 0;
  const only = tasks.length === 1 ? tasks[0]?.assignee_id : null;
  const options = people
    .filter((p) => p.active && p.id !== only)
    .map((p) => ({
      value: p.id,
      name: p.department ? `${p.name} · ${p.department}` : p.name,
      disabled: able !== undefined && reads(p.id) === 0,
      less: able !== undefined && reads(p.id) < tasks.length,
    }))
    .sort((x, y) => Number(x.disabled) - Number(y.disabled));
  async function move() {
    if (to === null) return;
    setBusy(true);
    const moves = ids.map((id) => ({ id, to }));
    const done = await run(
      () => moveTasks(moves, note),
      () => t("tasks:moved", { subject, name }),
    );
    setBusy(false);
    if (done) onClose(true);
  }
  return (
    <Modal
      open
      width={460}
      title={t("tasks:move_title", { subject })}
      okText={name ? t("tasks:transfer_to", { name }) : t("tasks:transfer")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: to === null, loading: busy }}
      onOk={() => void move()}
      onCancel={() => onClose(false)}
      afterOpenChange={(open) => open && field.current?.focus()}
    >
      <div className="task-dialog">
        <Select
          ref={field}
          aria-label={t("tasks:to_whom")}
          placeholder={t("tasks:to_whom")}
          value={to}
          options={options.map((o) => ({
            value: o.value,
            disabled: o.disabled,
            label: o.disabled ? `${o.name} · ${t("tasks:reads_none")}` : o.name,
          }))}
          showSearch={{ optionFilterProp: "label" }}
          onChange={setTo}
        />
        {to !== null && options.some((o) => o.value === to && o.less) && (
          <p className="warn-text">{t("tasks:reads_some", { name, count: reads(to), all: tasks.length })}</p>
        )}
        <Input.TextArea
          aria-label={t("tasks:note")}
          placeholder={t("tasks:note_hint")}
          maxLength={500}
          autoSize={{ minRows: 2, maxRows: 5 }}
          value={note}
          onChange={(e) => setNote(e.target.value)}
        />
      </div>
    </Modal>
  );
}

/** 明天, 下周一, or a day and time of one's own. */
export function SnoozeDialog({ tasks, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const subject = useSubject(tasks);
  const { today } = useClock();
  const { run } = useActs();
  const [own, setOwn] = useState<string | null>(null);
  async function until(moment: string) {
    const day = format.dateWithWeekday(moment.slice(0, 10), i18n.language as format.Locale, today);
    const time = moment.slice(11, 16);
    const done = await run(
      () => snoozeTasks(idsOf(tasks), moment),
      () => t("tasks:snoozed", { subject, until: time === "00:00" ? day : `${day} ${time}` }),
    );
    if (done) onClose(true);
  }
  return (
    <Modal open width={420} title={t("tasks:snooze_title", { subject })} footer={null} onCancel={() => onClose(false)}>
      <div className="task-dialog">
        {snoozeChoices(today).map((choice, n) => (
          <Button key={choice.key} block autoFocus={n === 0} onClick={() => void until(choice.until)}>
            {t(`tasks:snooze_${choice.key}`)}
            <span className="grey">
              {format.dateWithWeekday(choice.until.slice(0, 10), i18n.language as format.Locale, today)}
            </span>
          </Button>
        ))}
        <div className="row">
          <DatePicker
            className="spread"
            showTime={{ format: "HH:mm", defaultOpenValue: dayjs("09:00", "HH:mm") }}
            format="YYYY-MM-DD HH:mm"
            aria-label={t("tasks:snooze_own")}
            placeholder={t("tasks:snooze_own")}
            minDate={dayjs(today)}
            onChange={(d) => setOwn(d ? d.format("YYYY-MM-DDTHH:mm:00") : null)}
          />
          <Button type="primary" disabled={!own} onClick={() => own && void until(own)}>
            {t("tasks:snooze")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

/** Another due day, and why. */
export function DueDialog({ tasks, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const subject = useSubject(tasks);
  const { today } = useClock();
  const { run } = useActs();
  const [day, setDay] = useState<string | null>(null);
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  async function save() {
    if (!day) return;
    setBusy(true);
    const shown = format.dateWithWeekday(day, i18n.language as format.Locale, today);
    const done = await run(
      () => setTasksDue(idsOf(tasks), day, why),
      () => t("tasks:due_set", { subject, day: shown }),
    );
    setBusy(false);
    if (done) onClose(true);
  }
  return (
    <Modal
      open
      width={420}
      title={t("tasks:due_title", { subject })}
      okText={t("save")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !day, loading: busy }}
      onOk={() => void save()}
      onCancel={() => onClose(false)}
    >
      <div className="task-dialog">
        <DatePicker
          autoFocus
          aria-label={t("tasks:due_on")}
          placeholder={t("tasks:due_on")}
          minDate={dayjs(today)}
          onChange={(d) => setDay(d ? d.format("YYYY-MM-DD") : null)}
        />
        <Input
          aria-label={t("tasks:due_why")}
          placeholder={t("tasks:due_why")}
          maxLength={500}
          value={why}
          onChange={(e) => setWhy(e.target.value)}
        />
      </div>
    </Modal>
  );
}

/** Tasks of one kind, finished with the same outcome and the same values. */
export function FinishDialog({ tasks, onClose }: Props) {
  const { t } = useTranslation();
  const subject = useSubject(tasks);
  const { run } = useActs();
  const [busy, setBusy] = useState(false);
  const [first] = tasks;
  if (!first) return null;
  async function finish(values: Values, outcome: string | null) {
    setBusy(true);
    const done = await run(
      () => finishTasks(idsOf(tasks), outcome, values),
      (count) => t("tasks:finished_many", { count }),
    );
    setBusy(false);
    if (done) onClose(true);
  }
  return (
    <Modal open width={560} title={t("tasks:finish_title", { subject })} footer={null} onCancel={() => onClose(false)}>
      <p className="grey-2">{t("tasks:finish_fact")}</p>
      <FinishForm
        task={{ ...first, values: {}, proposal: null }}
        error={null}
        busy={busy}
        onFinish={(values, outcome) => void finish(values, outcome)}
        onCancel={() => onClose(false)}
      />
    </Modal>
  );
}
