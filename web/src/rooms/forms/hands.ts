/** Focus, clipboard and waiting of the form designer. */
import { useEffect, useRef } from "react";

export const pause = (ms: number) => new Promise<void>((done) => window.setTimeout(done, ms));

/** After it has been drawn. */
const soon = (act: () => void) => window.setTimeout(act, 30);
export const focusCell = (key: string) =>
  soon(() => document.querySelector<HTMLElement>(`[data-cell="${key}"]`)?.focus());
export const focusLabel = () => soon(() => document.querySelector<HTMLInputElement>("#f-label")?.select());

export const elsewhere = () =>
  !!document.activeElement?.closest("input, textarea, [contenteditable=true], .designer-inspector, .ant-modal");

/** Copy and paste of the selected field; text that is selected keeps its own. */
export function useClipboard(onCopy: () => void, onPaste: () => void) {
  const latest = useRef({ onCopy, onPaste });
  latest.current = { onCopy, onPaste };
  useEffect(() => {
    const copied = (event: ClipboardEvent) => {
      if (elsewhere() || window.getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      latest.current.onCopy();
    };
    const pasted = (event: ClipboardEvent) => {
      if (elsewhere()) return;
      event.preventDefault();
      latest.current.onPaste();
    };
    document.addEventListener("copy", copied);
    document.addEventListener("paste", pasted);
    return () => {
      document.removeEventListener("copy", copied);
      document.removeEventListener("paste", pasted);
    };
  }, []);
}
