/** Pointer, clipboard and waiting of the form designer. */
import { PointerSensor, type PointerSensorProps } from "@dnd-kit/core";
import { useEffect, useRef } from "react";

export const pause = (ms: number) => new Promise<void>((done) => window.setTimeout(done, ms));

const WRITES = "input, textarea, [contenteditable=true]";
export const elsewhere = () => !!document.activeElement?.closest(`${WRITES}, .designer-inspector, .ant-modal`);

/**
 * Drags without losing what is typed right after a drop. dnd-kit clears every selection of the page until 50 ms after it,
 * and a field whose caret is cleared has the focus but takes no letters.
 */
export class Hand extends PointerSensor {
  constructor(props: PointerSensorProps) {
    super(props);
    Object.assign(this, {
      removeTextSelection: () => {
        if (!document.activeElement?.closest(WRITES)) document.getSelection()?.removeAllRanges();
      },
    });
  }
}

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
