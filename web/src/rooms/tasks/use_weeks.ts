import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useClock } from "@/kit";
import { addDays } from "@/kit/format";
import { useForm } from "@/rooms/forms";
import { countQuery } from "@/rooms/records";
import type { Week } from "./api";

const WEEKS = 12;

/** The Monday after this day. */
export function nextMonday(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, (8 - weekday) % 7 || 7);
}

const literal = (day: string) => `DATE(${day.split("-").map(Number).join(", ")})`;

/** What ends in each of the next twelve weeks; each is counted with the filter of the list behind its bar. */
export function useWeeks(given: Week[] | null | undefined, enabled: boolean): Week[] | null {
  const { today } = useClock();
  const form = useForm("contract");
  const can = ["end_date", "open", "amount"].every((key) => form?.fields.some((f) => f.key === key));
  // the same amount as on the dashboard
  const sum = form?.fields.some((f) => f.key === "expected_amount") ? "expected_amount" : "amount";
  const wanted = useMemo(() => {
    const first = nextMonday(today);
    return Array.from({ length: WEEKS }, (_, i) => {
      const from = addDays(first, i * 7);
      return { from, filter: `AND(open, end_date >= ${literal(from)}, end_date < ${literal(addDays(from, 7))})` };
    });
  }, [today]);
  const counted = useQueries({
    queries: wanted.map((w) => ({
      ...countQuery("contract", { filter: w.filter, search: "" }, [sum]),
      enabled: enabled && can && !given,
      staleTime: 60_000,
    })),
  });
  if (given) return given;
  if (!can || counted.some((c) => !c.data)) return null;
  return wanted.map((w, i) => ({
    ...w,
    count: counted[i]?.data?.count ?? 0,
    amount: counted[i]?.data?.sums[sum] ?? null,
  }));
}
