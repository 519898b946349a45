import { useMutation } from "@tanstack/react-query";
import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import type { components } from "@/api/schema";
import { Chip, Moment, toast, useProblemText } from "@/kit";
import { copyText } from "./copy";
import { FileLink } from "./file_link";
import "./special.css";

export type Seal = components["schemas"]["SealOut"];
type Sealed = components["schemas"]["SealedOut"];
const SHOWN = 12; // of a digest; all of it when it is pointed at or copied

/** The digest of a file's content, short; a click copies all of it. */
export function Digest({ sha256 }: { sha256: string }) {
  const { t } = useTranslation();
  return (
    <Tooltip title={<span className="digest">{sha256}</span>}>
      <button
        type="button"
        className="bare grey small nowrap"
        aria-label={t("records:digest_copy", { digest: sha256 })}
        onClick={() => void copyText(sha256).then(() => toast({ text: t("records:digest_copied") }))}
      >
        SHA-256 <span className="digest">{sha256.slice(0, SHOWN)}</span>
      </button>
    </Tooltip>
  );
}

export function Bytes({ size }: { size: number }) {
  const kb = size / 1024;
  const text = kb < 1 ? `${size} B` : kb < 1024 ? `${Math.round(kb)} KB` : `${(kb / 1024).toFixed(1)} MB`;
  return <span className="grey small nowrap">{text}</span>;
}

/** A sealed file: what it is, who brought it and when; whether it is still the same can be asked. */
export function SealLine({ seal, who = false }: { seal: Seal; who?: boolean }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const look = useMutation({
    mutationFn: () => api.get<Sealed[]>(`/forms/${seal.form}/${seal.record_id}/sealed`),
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });
  const still = look.data?.find((one) => one.file === seal.file)?.still;
  return (
    <span className="special-line seal-line">
      <FileLink
        file={{ file: seal.file, name: seal.name, size: seal.size }}
        href={`/api/forms/${seal.form}/${seal.record_id}/files/${seal.field}/${seal.file}`}
      />
      {who && (
        <span className="grey-2 small nowrap">
          {seal.by ?? t("records:system")} <Moment value={seal.at} />
        </span>
      )}
      <Digest sha256={seal.sha256} />
      {still ? (
        <Chip tone={still === "same" ? "brand" : "urgent"}>{t(`records:seal_${still}`)}</Chip>
      ) : (
        <Button type="link" size="small" loading={look.isPending} onClick={() => look.mutate()}>
          {t("records:seal_check")}
        </Button>
      )}
    </span>
  );
}
