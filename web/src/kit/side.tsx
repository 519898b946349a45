import { Drawer } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./icon";
import { useKeys } from "./keys";
import { usePhone } from "./media";

/** A record beside its list: 640 wide from the right, the whole screen on a phone. */
export function Side({
  open,
  title,
  extra,
  onClose,
  children,
  footer,
  width = 640,
}: {
  open: boolean;
  title?: ReactNode;
  extra?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  width?: number;
}) {
  const { t } = useTranslation();
  const phone = usePhone();
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size={phone ? "100%" : width}
      placement="right"
      mask={false}
      destroyOnHidden
      closable={false}
      title={
        <div className="side-head">
          {phone && (
            <button type="button" className="icon-button" aria-label={t("back")} onClick={onClose}>
              <Icon name="leftward" />
            </button>
          )}
          <div className="spread cut">{title}</div>
          {extra}
          {!phone && (
            <button type="button" className="icon-button" aria-label={t("close")} title="Esc" onClick={onClose}>
              <Icon name="close" size={16} />
            </button>
          )}
        </div>
      }
      footer={footer}
      styles={{ header: { padding: "10px 12px 10px 20px" }, body: { padding: 0 }, footer: { padding: "10px 20px" } }}
    >
      <EscapeLayer onClose={onClose} />
      {children}
    </Drawer>
  );
}

function EscapeLayer({ onClose }: { onClose: () => void }) {
  useKeys({ Escape: onClose });
  return null;
}

/** A sheet from below, for the phone. */
export function Sheet({
  open,
  title,
  onClose,
  children,
  footer,
  extra,
}: {
  open: boolean;
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  extra?: ReactNode;
}) {
  return (
    <Drawer
      open={open}
      onClose={onClose}
      placement="bottom"
      size="auto"
      closable={false}
      destroyOnHidden
      title={
        <div className="side-head">
          <h2 className="spread">{title}</h2>
          {extra}
        </div>
      }
      footer={footer}
      rootClassName="sheet"
      styles={{
        body: { padding: 16 },
        header: { padding: "14px 16px 8px", borderBottom: 0 },
        wrapper: { maxHeight: "85dvh" },
      }}
    >
      {children}
    </Drawer>
  );
}
