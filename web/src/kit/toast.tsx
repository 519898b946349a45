import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./icon";
import { isTyping, keyName } from "./keys";

/** One line at the bottom left for 8 s: what was done, and its way back. Ctrl Z takes the newest back. */
export interface Toast {
  text: string;
  tone?: "done" | "info" | "bad";
  undo?: () => Promise<unknown> | unknown;
  /** another way on, for example 「打开」 */
  action?: { label: string; act: () => void };
  /** not shown: only Ctrl Z knows of it */
  quiet?: boolean;
}
interface Shown extends Toast {
  id: number;
}

let shown: readonly Shown[] = [];
let next = 1;
const listeners = new Set<() => void>();
const changed = (rows: readonly Shown[]) => {
  shown = rows;
  for (const tell of listeners) tell();
};

const MOST_QUIET = 50;
export function toast(one: Toast): number {
  const id = next++;
  // what is told is newer than what was not: Ctrl Z must not reach behind it once its line is gone
  if (one.undo && !one.quiet) forgetUndoable();
  const some = (quiet: boolean, most: number) => shown.filter((s) => !!s.quiet === quiet).slice(-most);
  const kept = [...some(true, MOST_QUIET), ...some(false, one.quiet ? 3 : 2)];
  changed([...kept, { ...one, id }].sort((a, b) => a.id - b.id));
  return id;
}
/** A small change that is not told, with its way back; gone with the page on which it was made, or when it failed. */
export function undoable(undo: () => unknown): () => void {
  const id = toast({ text: "", quiet: true, undo });
  return () => dismiss(id);
}
export const forgetUndoable = () => changed(shown.filter((s) => !s.quiet));
const dismiss = (id: number) => changed(shown.filter((s) => s.id !== id));

const STAY_MS = 8000;

function One({ one }: { one: Shown }) {
  const { t } = useTranslation();
  const [held, setHeld] = useState(false);
  const left = useRef(STAY_MS);
  useEffect(() => {
    if (held) return;
    const from = Date.now();
    const timer = setTimeout(() => dismiss(one.id), left.current);
    return () => {
      left.current -= Date.now() - from;
      clearTimeout(timer);
    };
  }, [held, one.id]);
  return (
    <div
      className={`toast ${one.tone === "bad" ? "toast-bad" : ""}`}
      role={one.tone === "bad" ? "alert" : "status"}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <Icon name={one.tone === "bad" ? "bang" : one.tone === "info" ? "info" : "tick"} size={16} />
      <span>{one.text}</span>
      {one.action && (
        <button
          type="button"
          className="bare toast-act"
          onClick={() => {
            one.action?.act();
            dismiss(one.id);
          }}
        >
          {one.action.label}
        </button>
      )}
      {one.undo && (
        <button type="button" className="bare toast-act" onClick={() => void takeBack(one)}>
          {t("undo")}
        </button>
      )}
      <button type="button" className="bare toast-close" aria-label={t("close")} onClick={() => dismiss(one.id)}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}

async function takeBack(one: Shown) {
  dismiss(one.id);
  await one.undo?.();
}

export function Toasts() {
  const rows = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => shown,
  );
  const last = useRef<Shown>(undefined);
  last.current = [...rows].reverse().find((r) => r.undo);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // a text that is being typed takes its own letters back; a designer its own steps
      if (keyName(event) !== "mod+z" || isTyping(event)) return;
      setTimeout(() => !event.defaultPrevented && last.current && void takeBack(last.current));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <div className="toasts" aria-live="polite">
      {rows
        .filter((one) => !one.quiet)
        .map((one) => (
          <One key={one.id} one={one} />
        ))}
    </div>
  );
}
