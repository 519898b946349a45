import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useNavigate } from "react-router";
import { ClockContext, Icon, Lines, Notice, Sheet, Toasts, useKeys, usePhone } from "@/kit";
import { HeadExtra } from "@/kit/page";
import { useForms, useLabel } from "@/rooms/forms";
import { noticesQuery } from "@/rooms/messages";
import { useMe } from "@/rooms/people";
import { useNoticesLive } from "@/rooms/together";
import { BottomBar } from "./bottom";
import { formIcon } from "./nav";
import { SideNavigation } from "./side";
import { TopBar } from "./top";
import { useNavigation, useWaiting } from "./use_nav";
import "./shell.css";

const loadPalette = () => import("./palette");
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));
const KeyList = lazy(async () => ({ default: (await import("./key_list")).KeyList }));
const NARROW = "perennial.nav.narrow";

export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const phone = usePhone();
  const navigate = useNavigate();
  const label = useLabel();
  const forms = useForms();
  const groups = useNavigation();
  const [narrow, setNarrow] = useState(() => localStorage.getItem(NARROW) === "1");
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const [creating, setCreating] = useState(false);
  const { today, now, zone, clock: clockKind, kind } = me.workspace;
  const waiting = useWaiting();
  const unread = useQuery(noticesQuery).data?.unread ?? 0;
  useNoticesLive();
  const clock = useMemo(() => ({ today, now, zone }), [today, now, zone]);

  useEffect(() => {
    // ready before it is asked for: what is typed at once belongs into it
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), 1000);
    return () => clearTimeout(timer);
  }, []);

  useKeys({
    "mod+k": () => setSearching(true),
    "?": () => setHelping(true),
    "g h": () => void navigate("/home"),
    "g c": () => void navigate("/r/customer"),
    "g k": () => void navigate("/r/contract"),
    "g p": () => void navigate("/plan"),
  });

  const phoneExtra = phone ? (
    <>
      <button type="button" className="icon-button" aria-label={t("shell:search")} onClick={() => setSearching(true)}>
        <Icon name="search" size={20} />
      </button>
      <Link
        to="/notices"
        className="icon-button"
        aria-label={unread ? t("shell:notices_unread", { count: unread }) : t("shell:notices")}
      >
        <Icon name="bell" size={20} />
        {unread > 0 && <span className="shell-dot" />}
      </Link>
    </>
  ) : null;

  return (
    <ClockContext value={clock}>
      <HeadExtra value={phoneExtra}>
        <a href="#main" className="skip">
          {t("shell:skip")}
        </a>
        <div className={`shell ${narrow ? "shell-narrow" : ""}`}>
          {!phone && (
            <SideNavigation
              groups={groups}
              narrow={narrow}
              onNarrow={(next) => {
                setNarrow(next);
                localStorage.setItem(NARROW, next ? "1" : "0");
              }}
            />
          )}
          {!phone && <TopBar onSearch={() => setSearching(true)} onHelp={() => setHelping(true)} unread={unread} />}
          <main id="main" className="shell-main">
            <Offline />
            {clockKind === "manual" && kind !== "demo" && (
              <Notice tone="review" icon="clock">
                {t("shell:manual_clock", { today })}
              </Notice>
            )}
            <Suspense fallback={<Lines rows={10} />}>
              <Outlet />
            </Suspense>
          </main>
          {phone && <BottomBar onCreate={() => setCreating(true)} approvals={waiting} />}
        </div>
        <Toasts />
        <Suspense fallback={null}>
          {searching && <Palette groups={groups} onClose={() => setSearching(false)} />}
          {helping && <KeyList onClose={() => setHelping(false)} />}
        </Suspense>
        <Sheet open={creating} title={t("shell:create")} onClose={() => setCreating(false)}>
          <ul className="sheet-list">
            {forms
              .filter((f) => f.may.includes("create"))
              .map((f) => (
                <li key={f.key}>
                  <Link to={`/r/${f.key}?new=1`} onClick={() => setCreating(false)}>
                    <Icon name={formIcon(f.key)} /> {label(f)}
                  </Link>
                </li>
              ))}
          </ul>
        </Sheet>
      </HeadExtra>
    </ClockContext>
  );
}

/** The connection is gone; what is typed stays in the window and in the draft. */
function Offline() {
  const { t } = useTranslation();
  const online = useSyncExternalStore(
    (changed) => {
      window.addEventListener("online", changed);
      window.addEventListener("offline", changed);
      return () => {
        window.removeEventListener("online", changed);
        window.removeEventListener("offline", changed);
      };
    },
    () => navigator.onLine,
  );
  return online ? null : (
    <Notice tone="warn" icon="warning">
      {t("shell:offline")}
    </Notice>
  );
}
