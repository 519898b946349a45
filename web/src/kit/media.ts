import { useCallback, useSyncExternalStore } from "react";

/** Follow a media query. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Below 768 tables become cards and the side navigation a bottom bar. */
export const usePhone = () => useMedia("(max-width: 767px)");

/** Below 1200 the right column moves under the main one. */
export const useNarrow = () => useMedia("(max-width: 1199px)");
