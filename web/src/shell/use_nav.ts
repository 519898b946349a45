import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
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

export function useNavigation() {
  const me = useMe();
  const forms = useForms();
  const dashboards = useQuery(dashboardNames).data;
  const tasks = useQuery(myTasks).data;
  const due = tasks && countOf(tasks, me.workspace, SHOWN.today);
  return useMemo(
    () =>
      navigation({
        granted: [...me.menu, ...me.may],
        forms,
        dashboards: dashboards ?? [],
        tasks: due,
      }),
    [me, forms, dashboards, due],
  );
}

export function useEntryText() {
  const { t } = useTranslation();
  const label = useLabel();
  return (entry: Entry) => (entry.text ? t(entry.text) : label(entry.label ?? {}));
}
