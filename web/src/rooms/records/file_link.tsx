import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, usePhone } from "@/kit";
import { type FileRef, isPicture } from "./special_model";
import "./special.css";

/** A file by its name: pictures and PDF open in the page, all else is downloaded. On a phone a PDF has a tab of its own. */
export function FileLink({ file, href, thumb = false }: { file: FileRef; href: string; thumb?: boolean }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  const [failed, setFailed] = useState(false);
  const picture = isPicture(file.type);
  const shown = picture || file.type === "application/pdf";
  return (
    <>
      <a
        className="row cut"
        href={shown ? href : `${href}?download=1`}
        target={shown ? "_blank" : undefined}
        rel="noreferrer"
        onClick={(e) => {
          if (!shown || (phone && !picture) || e.ctrlKey || e.metaKey || e.shiftKey) return;
          e.preventDefault();
          setOpen(true);
        }}
      >
        {thumb && picture && !failed ? (
          <img className="thumb" src={`${href}?thumb=1`} alt="" loading="lazy" onError={() => setFailed(true)} />
        ) : (
          <Icon name={picture ? "image" : "contract"} size={14} />
        )}
        <span className="cut">{file.name}</span>
      </a>
      <Modal
        open={open}
        onCancel={() => setOpen(false)}
        title={file.name}
        width="min(1080px, 94vw)"
        centered
        destroyOnHidden
        footer={
          <Button href={`${href}?download=1`} icon={<Icon name="download" size={15} />}>
            {t("records:download")}
          </Button>
        }
      >
        {picture && !failed ? (
          <img className="file-view" src={href} alt={file.name} onError={() => setFailed(true)} />
        ) : (
          <iframe className="file-view" src={href} title={file.name} />
        )}
      </Modal>
    </>
  );
}
