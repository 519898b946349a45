import { Button } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Icon, useProblemText } from "@/kit";
import type { Value } from "@/rooms/records";
import { Bytes, Digest } from "@/rooms/records/seal_line";
import { asValue, FILE_MB, type FileRef, filesOf, uploadFile } from "@/rooms/records/special_model";
import { freshOf } from "./model";

/** The sealed file, sent at once and named by the record when the task is finished; what stood there before stays. */
export function SealInput({
  id,
  before,
  value,
  onChange,
}: {
  id: string;
  before: Value | undefined;
  value: Value | undefined;
  onChange: (value: Value) => void;
}) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState("");
  const box = useRef<HTMLInputElement>(null);
  const old = filesOf(before);
  const fresh = freshOf(before, value) as (FileRef & { sha256?: string })[];
  const put = (files: FileRef[]) => onChange(asValue([...old, ...files]));
  async function add(file: File | undefined) {
    if (!file) return;
    setProblem("");
    if (file.size > FILE_MB * 1024 * 1024) {
      setProblem(t("records:file_too_large", { name: file.name, most: FILE_MB }));
      return;
    }
    setSending(true);
    try {
      put([...fresh, await uploadFile(file, file.name)]);
    } catch (error) {
      setProblem(problemText(error));
    }
    setSending(false);
  }
  return (
    <div
      className="seal-input"
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        void add(e.dataTransfer.files[0]);
      }}
    >
      {fresh.map((one) => (
        <span key={one.file} className="seal-file">
          <Icon name="contract" size={15} />
          <span className="cut seal-name">{one.name}</span>
          {one.size !== undefined && <Bytes size={one.size} />}
          {one.sha256 && <Digest sha256={one.sha256} />}
          <button
            type="button"
            className="icon-button small-button"
            aria-label={t("records:remove_file", { name: one.name })}
            onClick={() => put(fresh.filter((f) => f.file !== one.file))}
          >
            <Icon name="close" size={13} />
          </button>
        </span>
      ))}
      <input
        ref={box}
        type="file"
        hidden
        onChange={(e) => {
          void add(e.target.files?.[0]).then(() => {
            if (box.current) box.current.value = "";
          });
        }}
      />
      <span className="row">
        <Button id={id} loading={sending} icon={<Icon name="upload" size={14} />} onClick={() => box.current?.click()}>
          {t(fresh.length > 0 ? "tasks:seal_another" : "tasks:seal_upload")}
        </Button>
        <span className="grey small">{t("tasks:seal_fact")}</span>
      </span>
      {problem && <FieldError>{problem}</FieldError>}
    </div>
  );
}
