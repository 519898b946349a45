import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api";
import { Icon } from "./icon";

/** One line why, then what to do. No picture. */
export function Empty({ children, actions }: { children: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}

/** The text of a failure, in the person's language. */
export function useProblemText() {
  const { t } = useTranslation();
  return (error: unknown): string => {
    if (!(error instanceof Problem)) return t("error_ours");
    if (error.text) return error.text;
    if (error.status === 0) return t("error_offline");
    if (error.status === 404) return t("error_missing");
    if (error.status === 403) return t("error_denied");
    return t("error_ours");
  };
}

/** What failed, what is safe, and a way to try again. */
export function Failure({ error, retry, actions }: { error: unknown; retry?: () => void; actions?: ReactNode }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const number = error instanceof Problem ? error.facts.reference : undefined;
  return (
    <div className="empty" role="alert">
      <p className="row">
        <Icon name="warning" size={16} style={{ color: "var(--urgent)" }} />
        {text(error)}
        {typeof number === "string" && <span className="grey">{t("error_number", { number })}</span>}
      </p>
      <div className="row">
        {actions}
        {retry && <Button onClick={retry}>{t("retry")}</Button>}
        {typeof number === "string" && (
          <Button type="text" onClick={() => void navigator.clipboard?.writeText(number)}>
            {t("copy_number")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** What is wrong with a field and how to put it right, below the field. */
export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p className="field-error" role="alert" id={id}>
      <Icon name="bang" size={14} />
      {children}
    </p>
  );
}

/** Keeps the height of what will come. */
export function Lines({ rows = 6, height = 36 }: { rows?: number; height?: number }) {
  return (
    <div aria-busy="true">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="lines-row" style={{ height }}>
          <span className="bone" style={{ width: `${[62, 48, 71, 55][i % 4]}%` }} />
        </div>
      ))}
    </div>
  );
}

/** A coloured line across a card or page: what is going on, and one way on. */
export function Notice({
  tone,
  icon,
  children,
  action,
}: {
  tone: "info" | "warn" | "urgent" | "review" | "brand";
  icon?: Parameters<typeof Icon>[0]["name"];
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={`notice notice-${tone}`} role={tone === "urgent" ? "alert" : "status"}>
      {icon && <Icon name={icon} size={16} />}
      <span className="spread">{children}</span>
      {action}
    </div>
  );
}

/** What stands below is of before: it could not be read again. */
export function NotRefreshed({ retry }: { retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice
      tone="warn"
      icon="warning"
      action={
        <Button size="small" onClick={retry}>
          {t("retry")}
        </Button>
      }
    >
      {t("not_refreshed")}
    </Notice>
  );
}
