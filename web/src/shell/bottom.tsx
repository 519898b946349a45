import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { Icon, type IconName } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";

/** The phone's bar: 工作台, 客户, 新建, 审批, 我的. */
export function BottomBar({ onCreate, approvals }: { onCreate: () => void; approvals: number }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const first = forms.find((f) => f.key === "customer") ?? forms[0];
  const item = (to: string, icon: IconName, text: string, badge?: number) => (
    <NavLink to={to} className="shell-bottom-item">
      <span style={{ position: "relative" }}>
        <Icon name={icon} size={22} />
        {badge ? <span className="shell-bottom-badge">{badge}</span> : null}
      </span>
      {text}
    </NavLink>
  );
  return (
    <nav className="shell-bottom" aria-label={t("shell:navigation")}>
      {item("/home", "home", t("shell:home"))}
      {first && item(`/r/${first.key}`, "customer", label(first))}
      <button type="button" className="shell-bottom-item" onClick={onCreate}>
        <Icon name="addCircle" size={22} />
        {t("shell:create")}
      </button>
      {item("/approvals", "approval", t("approvals:title"), approvals)}
      {item("/me", "person", t("shell:mine"))}
    </nav>
  );
}
