import { useQuery } from "@tanstack/react-query";
import { DatePicker, Input, Modal, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api";
import { FieldError, toast, useClock, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { peopleQuery, useMe } from "@/rooms/people";
import { useChoices } from "@/rooms/records/use_choices";
import { createTask } from "./api";
import { useActs } from "./use_acts";
import "./inbox.css";

/** A task by hand about a record: given, or chosen here. */
export function NewTask({
  about,
  onClose,
}: {
  about?: { form: string; id: number; title: string };
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const { today } = useClock();
  const { again } = useActs();
  const problemText = useProblemText();
  const forms = useForms().filter((f) => !f.within);
  const people = useQuery(peopleQuery).data ?? [];
  const [form, setForm] = useState(about?.form ?? forms.find((f) => f.key === "customer")?.key ?? forms[0]?.key ?? "");
  const [record, setRecord] = useState<number | null>(about?.id ?? null);
  const [title, setTitle] = useState("");
  const [person, setPerson] = useState(me.id);
  const [due, setDue] = useState<string | null>(null);
  const [priority, setPriority] = useState<-1 | 0 | 1>(0);
  const [error, setError] = useState<unknown>(null);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const choices = useChoices(form);
  const path = error instanceof Problem ? error.path : null;

  async function save() {
    setTried(true);
    if (record === null || !title.trim() || busy) return;
    setBusy(true);
    setError(null);
    try {
      const to = person === me.id ? null : person;
      await createTask({ form, record_id: record, title, person_id: to, due_on: due, priority, note: "" });
      const name = people.find((p) => p.id === person)?.name ?? "";
      toast({
        text: to ? t("tasks:made_for", { title: title.trim(), name }) : t("tasks:made", { title: title.trim() }),
      });
      await again();
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Modal
      open
      width={480}
      title={t("tasks:new")}
      okText={t("tasks:new_save")}
      cancelText={t("cancel")}
      okButtonProps={{ loading: busy }}
      onOk={() => void save()}
      onCancel={onClose}
    >
      <div className="task-dialog">
        <label htmlFor="new-task-title">{t("tasks:new_title")}</label>
        <Input
          id="new-task-title"
          autoFocus
          maxLength={200}
          value={title}
          status={tried && !title.trim() ? "error" : ""}
          onChange={(e) => setTitle(e.target.value)}
          onPressEnter={(e) => !e.nativeEvent.isComposing && void save()}
        />
        {tried && !title.trim() && <FieldError>{t("tasks:new_title_missing")}</FieldError>}
        <label htmlFor="new-task-record">{t("tasks:new_about")}</label>
        {about ? (
          <b>{about.title}</b>
        ) : (
          <div className="row">
            <Select
              aria-label={t("tasks:new_form")}
              style={{ width: 130 }}
              value={form}
              options={forms.map((f) => ({ value: f.key, label: label(f) }))}
              onChange={(key) => {
                setForm(key);
                setRecord(null);
              }}
            />
            <Select
              id="new-task-record"
              className="spread"
              aria-label={t("tasks:new_about")}
              placeholder={t("tasks:new_record")}
              status={tried && record === null ? "error" : ""}
              value={record}
              loading={choices.fetching}
              showSearch={choices.search}
              onOpenChange={choices.onOpenChange}
              options={choices.rows.map((row) => ({
                value: row.id,
                label: String(row[choices.form?.title ?? "id"] ?? row.id),
              }))}
              onChange={setRecord}
            />
          </div>
        )}
        {tried && record === null && <FieldError>{t("tasks:new_record_missing")}</FieldError>}
        <label htmlFor="new-task-person">{t("tasks:new_person")}</label>
        <Select
          id="new-task-person"
          value={person}
          options={people.filter((p) => p.active).map((p) => ({ value: p.id, label: p.name }))}
          showSearch={{ optionFilterProp: "label" }}
          onChange={setPerson}
        />
        {path === "person_id" && <FieldError>{problemText(error)}</FieldError>}
        <div className="row">
          <span className="spread">
            <label htmlFor="new-task-due">{t("tasks:due_on")}</label>
            <DatePicker
              id="new-task-due"
              style={{ width: "100%" }}
              minDate={dayjs(today)}
              onChange={(d) => setDue(d ? d.format("YYYY-MM-DD") : null)}
            />
          </span>
          <span>
            <span className="task-label">{t("tasks:priority")}</span>
            <Segmented<-1 | 0 | 1>
              aria-label={t("tasks:priority")}
              value={priority}
              options={[
                { value: 1, label: t("tasks:high") },
                { value: 0, label: t("tasks:normal") },
                { value: -1, label: t("tasks:low") },
              ]}
              onChange={setPriority}
            />
          </span>
        </div>
        {error !== null && path !== "person_id" && <FieldError>{problemText(error)}</FieldError>}
      </div>
    </Modal>
  );
}
