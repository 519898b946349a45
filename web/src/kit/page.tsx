import { createContext, type ReactNode, useContext, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

/** A page: head line, then content. `fit` fills the window and lets a part of it scroll. */
export function Page({ children, fit = false }: { children: ReactNode; fit?: boolean }) {
  return <div className={fit ? "page page-fit" : "page"}>{children}</div>;
}

/** What the shell adds to every head (on the phone: search). */
export const HeadExtra = createContext<ReactNode>(null);

/** Title, one grey line of fact, actions right. The primary action comes last. `tabs`: views of this page, on the same line. */
export function Head({
  title,
  fact,
  actions,
  tabs,
}: {
  title: ReactNode;
  fact?: ReactNode;
  actions?: ReactNode;
  tabs?: ReactNode;
}) {
  const more = useContext(HeadExtra);
  const { t } = useTranslation();
  useEffect(() => {
    if (typeof title === "string") document.title = `${title} · ${t("product")}`;
  }, [title, t]);
  return (
    <header className="head">
      <h1>{title}</h1>
      {fact && <span className="head-fact">{fact}</span>}
      {tabs ? <div className="head-tabs">{tabs}</div> : <span className="spread" />}
      {actions && <div className="head-actions">{actions}</div>}
      {more && <div className="head-more">{more}</div>}
    </header>
  );
}

export function Card({
  title,
  fact,
  extra,
  children,
  flush = false,
  className = "",
}: {
  title?: ReactNode;
  fact?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  /** content reaches the border (lists, tables) */
  flush?: boolean;
  className?: string;
}) {
  return (
    <section className={`card ${flush ? "card-flush" : ""} ${className}`}>
      {title && (
        <div className="card-head">
          <h2>{title}</h2>
          {fact && <span className="grey cut">{fact}</span>}
          <span className="spread" />
          {extra}
        </div>
      )}
      {children}
    </section>
  );
}

export interface TabItem {
  key: string;
  label: ReactNode;
  count?: number | undefined;
  to?: string;
}

/** Views of one thing. With `to` they are links, so that the address is the state. */
export function Tabs({
  items,
  active,
  onChange,
  extra,
  label,
}: {
  items: readonly TabItem[];
  active: string;
  onChange?: (key: string) => void;
  extra?: ReactNode;
  label?: string;
}) {
  return (
    <div className="tabs">
      <div className="tabs-list" role="tablist" aria-label={label}>
        {items.map((item) => {
          const content = (
            <>
              {item.label}
              {item.count !== undefined && <span className="tab-count">{item.count.toLocaleString("en")}</span>}
            </>
          );
          const shared = { className: "tab", role: "tab", "aria-selected": item.key === active } as const;
          return item.to ? (
            <Link key={item.key} to={item.to} {...shared}>
              {content}
            </Link>
          ) : (
            <button key={item.key} type="button" {...shared} onClick={() => onChange?.(item.key)}>
              {content}
            </button>
          );
        })}
      </div>
      {extra && <div className="tabs-extra">{extra}</div>}
    </div>
  );
}
