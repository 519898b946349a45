import { useQueryClient } from "@tanstack/react-query";
import { Dropdown, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { type Language, setLanguage } from "@/i18n";
import { Face, Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { logout, savePreferences, useMe } from "@/rooms/people";
import { type ThemeChoice, useTheme } from "@/theme";

/** Language, appearance, leaving: the same acts for the menu on the desktop and the page on the phone. */
export function usePersonActs() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { choose } = useTheme();
  return {
    async language(language: Language) {
      await setLanguage(language);
      await savePreferences({ language }).catch(() => undefined); // the screen has changed; the server's copy may follow later
      await client.invalidateQueries();
    },
    theme(theme: ThemeChoice) {
      choose(theme);
      void savePreferences({ theme }).catch(() => undefined);
    },
    async leave() {
      await logout();
      client.clear();
      await navigate("/login");
    },
  };
}

export const LANGUAGES: { key: Language; name: string }[] = [
  { key: "zh", name: "简体中文" },
  { key: "en", name: "English" },
];
export const THEMES: ThemeChoice[] = ["system", "light", "dark"];

export function PersonMenu() {
  const label = useLabel();
  const { t, i18n } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const { choice } = useTheme();
  const acts = usePersonActs();
  const tick = (on: boolean) => (on ? <Icon name="check" size={14} /> : <span style={{ width: 14 }} />);
  const items: MenuProps["items"] = [
    {
      type: "group",
      label: t("shell:language"),
      children: LANGUAGES.map((l) => ({
        key: `language.${l.key}`,
        label: <span lang={l.key === "zh" ? "zh-CN" : "en"}>{l.name}</span>,
        icon: tick(i18n.language === l.key),
        onClick: () => void acts.language(l.key),
      })),
    },
    {
      type: "group",
      label: t("shell:theme"),
      children: THEMES.map((c) => ({
        key: `theme.${c}`,
        label: t(`shell:theme_${c}`),
        icon: tick(choice === c),
        onClick: () => acts.theme(c),
      })),
    },
    { type: "divider" },
    {
      key: "mine",
      label: t("shell:mine"),
      icon: <Icon name="person" size={14} />,
      onClick: () => void navigate("/me"),
    },
    {
      key: "logout",
      label: t("shell:logout"),
      icon: <Icon name="logout" size={14} />,
      onClick: () => void acts.leave(),
    },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
      <button type="button" className="shell-person">
        <Face name={me.name} size={28} />
        <span className="shell-person-name">
          <b className="cut">{me.name}</b>
          <span className="cut grey small">{me.roles.map(label).join(" · ")}</span>
        </span>
        <span className="sr">{t("shell:person_menu")}</span>
      </button>
    </Dropdown>
  );
}
