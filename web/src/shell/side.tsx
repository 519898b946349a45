import { Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation } from "react-router";
import { Icon, Mark } from "@/kit";
import { useMe } from "@/rooms/people";
import { activeEntry, type Group } from "./nav";
import { useEntryText } from "./use_nav";

const FOLDED = "perennial.nav.folded";

function remembered(groups: readonly Group[]): string[] {
  const stored = localStorage.getItem(FOLDED);
  if (stored) return stored.split(",");
  // whoever has many groups starts with the two long ones folded, so that the navigation need not scroll
  const many = groups.reduce((n, g) => n + g.entries.length, 0) > 18;
  return many ? ["business", "insight"] : [];
}

export function SideNavigation({
  groups,
  narrow,
  onNarrow,
}: {
  groups: readonly Group[];
  narrow: boolean;
  onNarrow: (narrow: boolean) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const text = useEntryText();
  const active = activeEntry(groups, useLocation().pathname);
  const [folded, setFolded] = useState(() => remembered(groups));

  function toggle(key: string) {
    const next = folded.includes(key) ? folded.filter((k) => k !== key) : [...folded, key];
    setFolded(next);
    localStorage.setItem(FOLDED, next.join(","));
  }

  return (
    <aside className="shell-side">
      <div className="shell-brand">
        <Mark />
        {!narrow && (
          <>
            <b>{t("product")}</b>
            <span className="shell-company cut" title={me.workspace.name}>
              {me.workspace.name}
            </span>
          </>
        )}
      </div>
      <nav className="shell-nav" aria-label={t("shell:navigation")}>
        {groups.map((g) => {
          const closed = folded.includes(g.key) && !narrow;
          return (
            <div key={g.key} className="shell-group">
              {g.key !== "work" &&
                (narrow ? (
                  <hr />
                ) : (
                  <button
                    type="button"
                    className="shell-group-name"
                    aria-expanded={!closed}
                    onClick={() => toggle(g.key)}
                  >
                    {t(`shell:group_${g.key}`)}
                    <Icon name={closed ? "rightward" : "down"} size={12} />
                  </button>
                ))}
              {!closed && (
                <ul>
                  {g.entries.map((e) => (
                    <li key={e.key}>
                      <Tooltip title={narrow ? text(e) : ""} placement="right">
                        <NavLink
                          to={e.to}
                          className="shell-entry"
                          aria-current={active === e.key ? "page" : undefined}
                          aria-label={narrow ? text(e) : undefined}
                        >
                          <Icon name={e.icon} />
                          {!narrow && <span className="cut spread">{text(e)}</span>}
                          {!narrow && e.badge !== undefined && (
                            <span className={`shell-badge ${e.hot ? "shell-badge-hot" : ""}`}>{e.badge}</span>
                          )}
                        </NavLink>
                      </Tooltip>
                    </li>
                  ))}
                </ul>
              )}
            </div>
          );
        })}
      </nav>
      <button type="button" className="shell-fold" onClick={() => onNarrow(!narrow)} aria-label={t("shell:fold")}>
        <Icon name="collapse" />
        {!narrow && t("shell:fold")}
      </button>
    </aside>
  );
}
