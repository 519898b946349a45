import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Input, Modal, Select, TimePicker } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api";
import type { components } from "@/api/schema";
import { Card, Chip, Empty, Fetched, format, Icon, Moment, Notice, toast, useAsk, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";

type Folder = components["schemas"]["FolderOut"];
type Said = components["schemas"]["FolderIn"];

const foldersQuery = queryOptions({
  queryKey: ["import-folders"] as const,
  queryFn: ({ signal }) => api.get<Folder[]>("/import-folders", signal),
});

/** Folders that are looked into by themselves, and what came last. */
export function FoldersCard() {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const client = useQueryClient();
  const problemText = useProblemText();
  const ask = useAsk();
  const found = useQuery(foldersQuery);
  const [editing, setEditing] = useState<Said | null>(null);
  const remove = useMutation({
    mutationFn: (id: number) => api.delete<void>(`/import-folders/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: foldersQuery.queryKey }),
    onError: (error) => toast({ tone: "bad", text: problemText(error) }),
  });
  const first = forms.find((f) => f.may.includes("create"))?.key ?? "";
  const fresh: Said = { name: "", form: first, daily_at: null, answer: "tasks", skip_errors: false, active: true };
  return (
    <Card
      flush
      title={t("imports:folders")}
      fact={t("imports:folders_fact")}
      extra={<Button onClick={() => setEditing(fresh)}>{t("imports:folder_new")}</Button>}
    >
      <Fetched of={found} rows={2} none={found.data?.length === 0 && <Empty>{t("imports:folders_none")}</Empty>}>
        {(folders) => (
          <ul>
            {folders.map((one) => (
              <li key={one.id} className="folder">
                <div className="row">
                  <b>{one.name}</b>
                  <span className="grey">
                    {label(forms.find((f) => f.key === one.form) ?? { label: one.form })} ·{" "}
                    {one.daily_at
                      ? t("imports:folder_daily", { at: one.daily_at.slice(0, 5) })
                      : t("imports:folder_at_once")}
                  </span>
                  {!one.active && <Chip tone="plain">{t("imports:folder_off")}</Chip>}
                  <span className="spread" />
                  <Button size="small" onClick={() => setEditing(said(one))}>
                    {t("imports:folder_edit")}
                  </Button>
                  <Button
                    size="small"
                    onClick={async () => {
                      const sure = await ask({
                        title: t("imports:folder_remove", { name: one.name }),
                        verb: t("imports:folder_take_away"),
                      });
                      if (sure) remove.mutate(one.id);
                    }}
                  >
                    {t("imports:folder_take_away")}
                  </Button>
                </div>
                <p className="grey small folder-place">{one.place}</p>
                {one.arrivals.map((file) => (
                  <p key={`${file.at}${file.file_name}`} className="row small">
                    <Icon name={file.done ? "tick" : "bang"} size={14} />
                    {file.import_id ? (
                      <Link to={`/imports/${file.import_id}`}>{format.middle(file.file_name)}</Link>
                    ) : (
                      format.middle(file.file_name)
                    )}
                    <span className="grey">
                      <Moment value={file.at} />
                    </span>
                    {file.problem && <span>{file.problem}</span>}
                  </p>
                ))}
              </li>
            ))}
          </ul>
        )}
      </Fetched>
      {editing && <FolderForm said={editing} onClose={() => setEditing(null)} />}
    </Card>
  );
}

const said = ({ name, form, daily_at, answer, skip_errors, active }: Folder): Said => ({
  name,
  form,
  daily_at,
  answer,
  skip_errors,
  active,
});

function FolderForm({ said: given, onClose }: { said: Said; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const forms = useForms().filter((f) => f.may.includes("create") || f.may.includes("update"));
  const [one, setOne] = useState(given);
  const save = useMutation({
    mutationFn: () => api.post<Folder[]>("/import-folders", one),
    onSuccess: (all) => {
      client.setQueryData(foldersQuery.queryKey, all);
      onClose();
    },
  });
  const put = (part: Partial<Said>) => setOne({ ...one, ...part });
  return (
    <Modal
      open
      title={given.name || t("imports:folder_new")}
      okText={t("save")}
      confirmLoading={save.isPending}
      okButtonProps={{ disabled: !one.name.trim() }}
      onOk={() => save.mutate()}
      onCancel={onClose}
    >
      <div className="folder-form">
        <label htmlFor="folder-name">{t("imports:folder_name")}</label>
        <Input
          id="folder-name"
          value={one.name}
          disabled={given.name !== ""}
          onChange={(e) => put({ name: e.target.value })}
        />
        <label htmlFor="folder-form">{t("imports:which_form")}</label>
        <Select
          id="folder-form"
          value={one.form}
          options={forms.map((f) => ({ value: f.key, label: label(f) }))}
          onChange={(form) => put({ form })}
        />
        <label htmlFor="folder-at">{t("imports:folder_when")}</label>
        <TimePicker
          id="folder-at"
          format="HH:mm"
          placeholder={t("imports:folder_at_once")}
          value={one.daily_at ? dayjs(`2000-01-01T${one.daily_at}`) : null}
          onChange={(at) => put({ daily_at: at ? at.format("HH:mm") : null })}
        />
        <Checkbox checked={one.skip_errors ?? false} onChange={(e) => put({ skip_errors: e.target.checked })}>
          {t("imports:folder_skip")}
        </Checkbox>
        <Checkbox checked={one.active ?? true} onChange={(e) => put({ active: e.target.checked })}>
          {t("imports:folder_active")}
        </Checkbox>
        <p className="grey small">{t("imports:folder_how")}</p>
        {save.isError && (
          <Notice tone="urgent" icon="bang">
            {problemText(save.error)}
          </Notice>
        )}
      </div>
    </Modal>
  );
}
