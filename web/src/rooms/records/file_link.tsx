import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, usePhone } from "@/kit";
import type { FileRef } from "./special_model";
import "./special.css";

/** A file by its name: pictures and PDF open in the page, all else is downloaded. On a phone a PDF has a tab of its own. */
export function FileLink({ file, href, thumb = false }: { file: FileRef; href: string; thumb?: boolean }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  const picture = file.type?.startsWith("image/") ?? false;
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
        {thumb && picture ? (
          <img className="thumb" src={`${href}?thumb=1`} alt="" loading="lazy" />
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
        {picture ? (
          <img className="file-view" src={href} alt={file.name} />
        ) : (
          <iframe className="file-view" src={href} title={file.name} />
        )}
      </Modal>
    </>
  );
}
