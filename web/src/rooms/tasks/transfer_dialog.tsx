import { useQuery } from "@tanstack/react-query";
import { Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/rooms/forms";
import { peopleQuery } from "@/rooms/people";
import type { Task } from "./api";
import { titleOf } from "./model";

export function TransferDialog({
  task,
  busy,
  onTransfer,
  onClose,
}: {
  task: Task;
  busy: boolean;
  onTransfer: (personId: number, name: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const people = useQuery(peopleQuery).data ?? [];
  const [to, setTo] = useState<number | null>(null);
  const name = people.find((p) => p.id === to)?.name ?? "";
  return (
    <Modal
      open
      title={t("tasks:transfer_title", { title: titleOf(task, label) })}
      okText={name ? t("tasks:transfer_to", { name }) : t("tasks:transfer")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: to === null, loading: busy }}
      onOk={() => to !== null && onTransfer(to, name)}
      onCancel={onClose}
    >
      <Select
        autoFocus
        style={{ width: "100%" }}
        aria-label={t("tasks:to_whom")}
        placeholder={t("tasks:to_whom")}
        value={to}
        options={people
          .filter((p) => p.active && p.id !== task.assignee_id)
          .map((p) => ({ value: p.id, label: p.department ? `${p.name} · ${p.department}` : p.name }))}
        showSearch={{ optionFilterProp: "label" }}
        onChange={setTo}
      />
    </Modal>
  );
}
