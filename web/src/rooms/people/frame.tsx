import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { setLanguage } from "@/i18n";
import { FieldError, Icon } from "@/kit";
import { LANGUAGES } from "@/shell/person_menu";
import "./people.css";

/** A page before anybody has logged in: the choice of language on top. */
export function Frame({ className, children }: { className: string; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  return (
    <div className={className}>
      <header className="login-top">
        <Icon name="globe" size={16} />
        <span role="group" aria-label={t("shell:language")}>
          {LANGUAGES.map((l) => (
            <button
              key={l.key}
              type="button"
              className="bare"
              lang={l.key === "zh" ? "zh-CN" : "en"}
              aria-pressed={i18n.language === l.key}
              onClick={() => void setLanguage(l.key)}
            >
              {l.name}
            </button>
          ))}
        </span>
      </header>
      {children}
    </div>
  );
}

/** A label, its field, and what is wrong with it. The error of field `x` has the id `x-error`. */
export function Labelled({
  name,
  required = false,
  error,
  wide = false,
  children,
}: {
  name: string;
  required?: boolean;
  error?: string | undefined;
  wide?: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <div className={wide ? "labelled wide" : "labelled"}>
      <label htmlFor={name}>
        {t(`people:${name}`)}
        {required && <span className="bad"> *</span>}
      </label>
      {children}
      {error && <FieldError id={`${name}-error`}>{error}</FieldError>}
    </div>
  );
}
