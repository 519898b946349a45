import { useRef, useState } from "react";
import type { Row } from "./api";

/** Records that were ticked, one by one or (with Shift) from the one ticked before. */
export function useSelection(at: (index: number) => Row | undefined) {
  const [selected, setSelected] = useState<ReadonlyMap<number, Row>>(new Map());
  const anchor = useRef(-1);
  function toggle(some: readonly Row[], on: boolean) {
    const next = new Map(selected);
    for (const row of some) {
      if (on) next.set(row.id, row);
      else next.delete(row.id);
    }
    setSelected(next);
  }
  return {
    selected,
    toggle,
    select: (index: number, on: boolean, range: boolean) => {
      const from = range && anchor.current >= 0 ? Math.min(anchor.current, index) : index;
      const to = range && anchor.current >= 0 ? Math.max(anchor.current, index) : index;
      anchor.current = index;
      toggle(Array.from({ length: to - from + 1 }, (_, i) => at(from + i) ?? []).flat(), on);
    },
    clear: () => setSelected(new Map()),
  };
}
