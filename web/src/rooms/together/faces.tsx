import { Tooltip } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Face as Picture } from "@/kit";
import { type Face, leave, touch } from "./api";
import { useLive } from "./live";
import "./together.css";

const AGAIN_MS = 10_000;
const MOST = 3;
const WINDOW = Math.random().toString(36).slice(2, 14);

/** Who else has the record open, and who of them is changing it; while it stands, others see me there. */
export function Faces({ form, id, editing = false }: { form: string; id: number; editing?: boolean }) {
  const { t } = useTranslation();
  const [faces, setFaces] = useState<readonly Face[]>([]);
  const [again, setAgain] = useState(0);
  useLive(form, () => setAgain((n) => n + 1), ["talk"]);

  useEffect(() => {
    void again; // somebody came, went or began to edit
    let stopped = false;
    const say = () => {
      if (document.visibilityState === "hidden") return;
      touch(form, id, WINDOW, editing)
        .then((found) => !stopped && setFaces(found))
        .catch(() => !stopped && setFaces([])); // gone, or offline: the page itself says so
    };
    say();
    const timer = setInterval(say, AGAIN_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [form, id, editing, again]);

  useEffect(() => {
    const gone = () => void leave(form, id, WINDOW).catch(() => undefined);
    const onSight = () => (document.visibilityState === "hidden" ? gone() : setAgain((n) => n + 1));
    document.addEventListener("visibilitychange", onSight);
    return () => {
      document.removeEventListener("visibilitychange", onSight);
      gone();
    };
  }, [form, id]);

  if (faces.length === 0) return null;
  const writing = faces.filter((f) => f.editing);
  return (
    <span className="faces">
      <ul aria-label={t("together:here")}>
        {faces.slice(0, MOST).map((f) => (
          <li key={f.id}>
            <Tooltip title={t(f.editing ? "together:edits" : "together:sees", { who: f.name })}>
              <span className={f.editing ? "face-of editing" : "face-of"}>
                <Picture name={f.name} size={24} />
                <span className="sr">{t(f.editing ? "together:edits" : "together:sees", { who: f.name })}</span>
              </span>
            </Tooltip>
          </li>
        ))}
        {faces.length > MOST && <li className="grey">+{faces.length - MOST}</li>}
      </ul>
      {writing[0] && (
        <span className="faces-words cut" aria-hidden="true">
          {t("together:edits", { who: writing[0].name })}
        </span>
      )}
    </span>
  );
}
