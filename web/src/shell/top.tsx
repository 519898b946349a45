import { Badge, Dropdown, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Icon, Kbd } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { formIcon } from "./nav";
import { PersonMenu } from "./person_menu";

export function TopBar({ onSearch, onHelp, unread }: { onSearch: () => void; onHelp: () => void; unread: number }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const forms = useForms();
  const label = useLabel();
  const creatable = forms.filter((f) => f.may.includes("create"));
  return (
    <header className="shell-top">
      <button type="button" className="shell-search" onClick={onSearch} aria-keyshortcuts="Control+K">
        <Icon name="search" size={16} />
        <span className="spread cut">{t("shell:search")}</span>
        <Kbd>Ctrl K</Kbd>
      </button>
      <span className="spread" />
      {creatable.length > 0 && (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: creatable.map((f) => ({
              key: f.key,
              icon: <Icon name={formIcon(f.key)} size={16} />,
              label: label(f),
              onClick: () => void navigate(`/r/${f.key}?new=1`),
            })),
          }}
        >
          <button type="button" className="icon-button" aria-label={t("shell:create")} title={t("shell:create")}>
            <Icon name="addCircle" />
          </button>
        </Dropdown>
      )}
      <Tooltip title={t("shell:help")}>
        <button type="button" className="icon-button" aria-label={t("shell:help")} onClick={onHelp}>
          <Icon name="help" />
        </button>
      </Tooltip>
      <Tooltip title={t("shell:notices")}>
        <button
          type="button"
          className="icon-button"
          aria-label={unread ? t("shell:notices_unread", { count: unread }) : t("shell:notices")}
          onClick={() => void navigate("/notices")}
        >
          <Badge dot={unread > 0} offset={[-2, 2]} color="var(--urgent)">
            <Icon name="bell" style={{ color: "var(--text-2)" }} />
          </Badge>
        </button>
      </Tooltip>
      <PersonMenu />
    </header>
  );
}
