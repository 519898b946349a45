import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, DatePicker, Input, Rate, Segmented, Select, type SelectProps } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Icon, useProblemText } from "@/kit";
import type { Field } from "@/rooms/forms";
import { peopleQuery } from "@/rooms/people";
import { type Ref, refName, type Value } from "./api";
import { titleOf } from "./cell";
import { dayOf } from "./day";
import {
  asValue,
  type Certificate,
  certificateOf,
  FILE_MB,
  type FileRef,
  filesOf,
  refsOf,
  signatureOf,
  uploadFile,
} from "./special_model";
import { useChoices } from "./use_choices";
import "./special.css";

export interface SpecialProps {
  id: string;
  field: Field;
  value: Value | undefined;
  onChange: (value: Value) => void;
  wrong: boolean;
}

/** The control of a value that is more than a text. */
export function SpecialInput(props: SpecialProps) {
  const { field, value, onChange, id } = props;
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : null;
  switch (field.kind) {
    case "rating":
      return <Rate id={id} value={number ?? 0} onChange={(n) => onChange(n || null)} />;
    case "nps":
      return (
        <Segmented<number>
          id={id}
          block
          className="nps"
          value={number ?? -1}
          options={Array.from({ length: 11 }, (_, n) => ({ value: n, label: String(n) }))}
          onChange={(n) => onChange(n)}
        />
      );
    case "persons":
      return <PersonsInput {...props} />;
    case "relations":
      return <RelationsInput {...props} />;
    case "signature":
      return <SignatureInput {...props} />;
    case "certificate":
      return <CertificateInput {...props} />;
    default:
      return (
        <FilesInput
          id={id}
          files={filesOf(value)}
          accept={field.kind === "image" ? "image/*" : undefined}
          onChange={(files) => onChange(files.length ? asValue(files) : null)}
        />
      );
  }
}

function PersonsInput(props: SpecialProps) {
  const people = useQuery(peopleQuery).data ?? [];
  const named = new Map(refsOf(props.value).map((one) => [one.id, refName(one) ?? `#${one.id}`]));
  for (const one of people) named.set(one.id, one.name);
  return <Several {...props} named={named} select={{ showSearch: { optionFilterProp: "label" } }} />;
}

function RelationsInput(props: SpecialProps) {
  const { t } = useTranslation();
  const { form, rows, fetching, search } = useChoices(props.field.to ?? "", true);
  const named = new Map(refsOf(props.value).map((one) => [one.id, refName(one) ?? t("no_right")]));
  if (form) for (const row of rows) named.set(row.id, titleOf(form, row));
  return (
    <Several
      {...props}
      named={named}
      select={{
        showSearch: search,
        disabled: !form,
        notFoundContent: fetching ? t("loading") : t("records:nothing_to_choose"),
      }}
    />
  );
}

/** Several of those that are named, by number. */
function Several({
  id,
  value,
  onChange,
  wrong,
  named,
  select,
}: SpecialProps & {
  named: ReadonlyMap<number, string>;
  select: Pick<SelectProps, "showSearch" | "disabled" | "notFoundContent">;
}) {
  return (
    <Select
      {...select}
      id={id}
      mode="multiple"
      allowClear
      status={wrong ? "error" : ""}
      value={refsOf(value).map((one) => one.id)}
      options={[...named].map(([value, label]) => ({ value, label }))}
      onChange={(ids: number[]) =>
        onChange(ids.length ? asValue(ids.map((id): Ref => ({ id, label: named.get(id) ?? null }))) : null)
      }
    />
  );
}

/** Files, chosen or dropped; each is sent at once, the record names them when it is saved. */
function FilesInput({
  id,
  files,
  accept,
  onChange,
}: {
  id: string;
  files: FileRef[];
  accept?: string | undefined;
  onChange: (files: FileRef[]) => void;
}) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [sending, setSending] = useState(0);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const box = useRef<HTMLInputElement>(null);
  const held = useRef(files);
  held.current = files;
  async function add(chosen: FileList | null) {
    setProblems([]);
    for (const file of chosen ?? []) {
      if (file.size > FILE_MB * 1024 * 1024) {
        setProblems((before) => [...before, t("records:file_too_large", { name: file.name, most: FILE_MB })]);
        continue;
      }
      setSending((n) => n + 1);
      try {
        const sent = await uploadFile(file, file.name);
        held.current = [...held.current, sent]; // others may have come or gone while it was under way
        onChange(held.current);
      } catch (error) {
        setProblems((before) => [...before, problemText(error)]);
      }
      setSending((n) => n - 1);
    }
  }
  return (
    <div
      className="files-input"
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        void add(e.dataTransfer.files);
      }}
    >
      {files.map((one) => (
        <span key={one.file} className="row files-one">
          <Icon name={one.type?.startsWith("image/") ? "image" : "contract"} size={14} />
          <span className="cut spread">{one.name}</span>
          <button
            type="button"
            className="icon-button small-button"
            aria-label={t("records:remove_file", { name: one.name })}
            onClick={() => {
              held.current = held.current.filter((f) => f.file !== one.file);
              onChange(held.current);
            }}
          >
            <Icon name="close" size={13} />
          </button>
        </span>
      ))}
      <input
        ref={box}
        type="file"
        hidden
        multiple
        accept={accept}
        onChange={(e) => {
          void add(e.target.files).then(() => {
            if (box.current) box.current.value = "";
          });
        }}
      />
      <Button
        id={id}
        size="small"
        loading={sending > 0}
        icon={<Icon name="upload" size={13} />}
        onClick={() => box.current?.click()}
      >
        {t("records:add_files")}
      </Button>
      {problems.map((one) => (
        <FieldError key={one}>{one}</FieldError>
      ))}
    </div>
  );
}

function CertificateInput({ id, value, onChange }: SpecialProps) {
  const { t } = useTranslation();
  const one = certificateOf(value) ?? {};
  const [stood] = useState(() => certificateOf(value));
  const put = (change: Partial<Certificate>) => {
    const next = { ...one, ...change };
    const said = [next.number, next.issuer, next.from, next.until].some(Boolean) || (next.files?.length ?? 0) > 0;
    onChange(said ? asValue(next) : null);
  };
  const day = (part: "from" | "until") => (
    <DatePicker
      aria-label={t(`records:certificate_${part}`)}
      placeholder={t(`records:certificate_${part}`)}
      value={dayOf(one[part])}
      onChange={(d) => put({ [part]: d ? d.format("YYYY-MM-DD") : null })}
    />
  );
  const text = (part: "number" | "issuer", ident?: string) => (
    <Input
      {...(ident ? { id: ident } : {})}
      aria-label={t(`records:certificate_${part}`)}
      placeholder={t(`records:certificate_${part}`)}
      value={one[part] ?? ""}
      onChange={(e) => put({ [part]: e.target.value || null })}
    />
  );
  return (
    <div className="certificate-input">
      {text("number", id)}
      {text("issuer")}
      {day("from")}
      {day("until")}
      <FilesInput id={`${id}-files`} files={one.files ?? []} onChange={(files) => put({ files })} />
      {stood && (
        <Checkbox checked={one.renew === true} onChange={(e) => put({ renew: e.target.checked })}>
          {t("records:certificate_renew")}
        </Checkbox>
      )}
    </div>
  );
}

/** Written by hand on the screen. */
function SignatureInput({ id, value, onChange }: SpecialProps) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const paper = useRef<HTMLCanvasElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [drawn, setDrawn] = useState(false);
  const at = (e: React.PointerEvent): [number, number] => {
    const box = e.currentTarget.getBoundingClientRect();
    return [((e.clientX - box.left) / box.width) * 400, ((e.clientY - box.top) / box.height) * 120];
  };
  const pen = () => paper.current?.getContext("2d");
  function keep() {
    paper.current?.toBlob((blob) => {
      if (!blob) return;
      uploadFile(blob, "signature.png")
        .then((file) => onChange(asValue({ file: file.file })))
        .catch((error: unknown) => setProblem(problemText(error)));
    });
  }
  function clear() {
    pen()?.clearRect(0, 0, 400, 120);
    setDrawn(false);
    onChange(null);
  }
  const signed = signatureOf(value);
  return (
    <div className="signature-input">
      <canvas
        ref={paper}
        id={id}
        width={400}
        height={120}
        aria-label={t("records:sign_here")}
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          const draw = pen();
          if (!draw) return;
          draw.lineWidth = 2;
          draw.lineCap = "round";
          draw.beginPath();
          draw.moveTo(...at(e));
          setDrawn(true);
        }}
        onPointerMove={(e) => {
          if (e.buttons !== 1) return;
          pen()?.lineTo(...at(e));
          pen()?.stroke();
        }}
        onPointerUp={keep}
      />
      <span className="row">
        <span className="grey small spread">
          {signed && !drawn ? t("records:signed_by", { name: signed.name ?? "" }) : t("records:sign_here")}
        </span>
        {(signed || drawn) && (
          <Button size="small" type="text" onClick={clear}>
            {t("records:sign_again")}
          </Button>
        )}
      </span>
      {problem && <FieldError>{problem}</FieldError>}
    </div>
  );
}
