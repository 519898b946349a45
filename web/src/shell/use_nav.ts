import { queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import { approvalsQuery } from "@/rooms/approvals";
import { useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { myTasks } from "@/rooms/tasks";
import { countOf, SHOWN } from "@/rooms/tasks/model";
import { type Entry, navigation } from "./nav";

interface DashboardName {
  key: string;
  label: string;
  label_en?: string | null;
}
const dashboardNames = queryOptions({
  queryKey: keys.dashboards,
  queryFn: ({ signal }) => api.get<DashboardName[]>("/dashboards", signal),
  staleTime: 300_000,
});

/** How many approvals wait for me. */
export const useWaiting = () => useInfiniteQuery(approvalsQuery("mine")).data?.pages[0]?.waiting ?? 0;

export function useNavigation() {
  const me = useMe();
  const forms = useForms();
  const dashboards = useQuery(dashboardNames).data;
  const tasks = useQuery(myTasks).data;
  const approvals = useWaiting();
  const due = tasks && countOf(tasks, me.workspace, SHOWN.today);
  return useMemo(
    () =>
      navigation({
        granted: [...me.menu, ...me.may],
        forms,
        dashboards: dashboards ?? [],
        tasks: due,
        approvals,
      }),
    [me, forms, dashboards, due, approvals],
  );
}

export function useEntryText() {
  const { t } = useTranslation();
  const label = useLabel();
  return (entry: Entry) => (entry.text ? t(entry.text) : label(entry.label ?? {}));
}
