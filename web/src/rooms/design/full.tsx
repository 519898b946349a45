import { Suspense, useMemo } from "react";
import { Outlet } from "react-router";
import { ClockContext, Lines, Toasts } from "@/kit";
import { useMe } from "@/rooms/people";

/** The whole window for one piece of work: no navigation beside it. */
export function Full() {
  const { today, now, zone } = useMe().workspace;
  const clock = useMemo(() => ({ today, now, zone }), [today, now, zone]);
  return (
    <ClockContext value={clock}>
      <Suspense fallback={<Lines rows={12} />}>
        <Outlet />
      </Suspense>
      <Toasts />
    </ClockContext>
  );
}
