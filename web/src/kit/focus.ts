import { useCallback, useLayoutEffect, useRef, useState } from "react";

/** Focus as soon as what shall have it is drawn: whoever types on types there. `waits`: also when that takes a while;
 * `still`: without scrolling there. */
export function useFocus({ waits = false, still = false } = {}): (selector: string) => void {
  const wish = useRef<string | null>(null);
  const [, again] = useState(0);
  useLayoutEffect(() => {
    if (wish.current === null) return;
    const found = document.querySelector<HTMLElement>(wish.current);
    if (!found && waits) return;
    wish.current = null;
    if (found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement) found.select();
    found?.focus({ preventScroll: still });
  });
  return useCallback((selector: string) => {
    wish.current = selector;
    again((n) => n + 1);
  }, []);
}
