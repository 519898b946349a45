import { Button, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Language } from "@/i18n";
import { Card, Face, Head, Icon, Page } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { MyAccounts } from "@/rooms/people/accounts";
import { type ThemeChoice, useTheme } from "@/theme";
import { LANGUAGES, THEMES, usePersonActs } from "./person_menu";
import { useEntryText, useNavigation } from "./use_nav";

/** The phone's 我的: everything that the bottom bar has no room for. */
export function MePage() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const label = useLabel();
  const groups = useNavigation();
  const text = useEntryText();
  const { choice } = useTheme();
  const acts = usePersonActs();
  return (
    <Page>
      <Head title={t("shell:mine")} />
      <Card>
        <div className="row">
          <Face name={me.name} size={40} />
          <div>
            <b>{me.name}</b>
            <div className="grey">{[me.workspace.name, ...me.roles.map(label)].join(" · ")}</div>
          </div>
        </div>
      </Card>
      <MyAccounts />
      {groups.map((g) => (
        <Card key={g.key}>
          <ul className="sheet-list">
            {g.entries.map((e) => (
              <li key={e.key}>
                <Link to={e.to}>
                  <Icon name={e.icon} />
                  <span className="spread">{text(e)}</span>
                  <Icon name="rightward" size={14} />
                </Link>
              </li>
            ))}
          </ul>
        </Card>
      ))}
      <Card>
        <p className="grey">{t("shell:language")}</p>
        <Segmented<Language>
          block
          value={i18n.language as Language}
          options={LANGUAGES.map((l) => ({ value: l.key, label: l.name }))}
          onChange={(l) => void acts.language(l)}
        />
        <p className="grey">{t("shell:theme")}</p>
        <Segmented<ThemeChoice>
          block
          value={choice}
          options={THEMES.map((c) => ({ value: c, label: t(`shell:theme_${c}`) }))}
          onChange={acts.theme}
        />
      </Card>
      <Button block onClick={() => void acts.leave()}>
        {t("shell:logout")}
      </Button>
    </Page>
  );
}
