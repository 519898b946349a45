import { useTranslation } from "react-i18next";
import { Chip, DaysLeft, Icon, Moment, PersonName } from "@/kit";
import type { Field } from "@/rooms/forms";
import { refName, type Value } from "./api";
import { FileLink } from "./file_link";
import { certificateOf, type FileRef, filesOf, listedOf, signatureOf } from "./special_model";
import "./special.css";

/** A value that is more than a text; `base` is where its files are served, without it they are only named. */
export function SpecialCell({ field, value, base }: { field: Field; value: Value; base?: string | undefined }) {
  const { t } = useTranslation();
  const line = base ? "special-line" : "special-line special-short"; // in a list it is one line
  switch (field.kind) {
    case "attachment":
    case "image":
      return <Files files={filesOf(value)} base={base} />;
    case "signature": {
      const one = signatureOf(value);
      return (
        <span className="row special-line">
          {base && one && <img className="signature" src={`${base}/${one.file}`} alt={t("records:signature")} />}
          {one?.name} <Moment value={one?.at} />
        </span>
      );
    }
    case "certificate": {
      const one = certificateOf(value);
      if (!one) return <>{String(value)}</>;
      return (
        <span className={line}>
          <span>{[one.number, one.issuer].filter(Boolean).join(" · ")}</span>
          {one.until ? <DaysLeft end={one.until} /> : <Chip>{t("customer:no_end")}</Chip>}
          {base && <Files files={one.files ?? []} base={base} />}
          {base && (one.versions?.length ?? 0) > 0 && (
            <details>
              <summary className="grey">{t("records:earlier_versions", { count: one.versions?.length })}</summary>
              {one.versions?.map((old, at) => (
                <p key={at} className="special-line grey">
                  {[old.number, old.until && `${t("records:until")} ${old.until}`].filter(Boolean).join(" · ")}
                  <Files files={old.files ?? []} base={base} />
                </p>
              ))}
            </details>
          )}
        </span>
      );
    }
    default:
      return (
        <span className={line}>
          {listedOf(value).map((one, at) =>
            "denied" in one ? (
              <span key={at} className="grey row">
                <Icon name="lock" size={13} />
                {t("no_right")}
              </span>
            ) : field.kind === "persons" ? (
              <PersonName key={one.id} name={refName(one)} />
            ) : (
              <Chip key={one.id}>{refName(one)}</Chip>
            ),
          )}
        </span>
      );
  }
}

function Files({ files, base }: { files: readonly FileRef[]; base: string | undefined }) {
  return (
    <span className={base ? "special-line" : "special-line special-short"}>
      {files.map((one) =>
        base ? (
          <FileLink key={one.file} file={one} href={`${base}/${one.file}`} thumb />
        ) : (
          <span key={one.file} className="cut">
            {one.name}
          </span>
        ),
      )}
    </span>
  );
}
