import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, keys, setCsrf } from "@/api";
import type { Language } from "@/i18n";

export interface State {
  /** false: nobody is registered yet, the first start asks for the administrator */
  ready: boolean;
  demo: boolean;
  company: string;
  language: Language;
  zone: string;
  today: string;
  now: string;
  clock: "real" | "manual";
  backup_at?: string | null;
}

export interface Person {
  id: number;
  name: string;
  account?: string;
  mail?: string | null;
  department?: { id: number; name: string } | null;
  roles?: { key: string; label: string }[];
  active?: boolean;
}

export interface Me extends Person {
  csrf: string;
  language: Language;
  theme?: "system" | "light" | "dark";
  /** navigation entries beside the forms: dashboards, plan, import, messages, … */
  menu: string[];
  landing?: string | null;
  company: string;
  demo: boolean;
  zone: string;
  today: string;
  now: string;
  clock: "real" | "manual";
}

export interface Department {
  id: number;
  name: string;
  parent_id: number | null;
}

export const stateQuery = queryOptions({
  queryKey: keys.state,
  queryFn: ({ signal }) => api.get<State>("/state", signal),
  staleTime: 60_000,
});

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: async ({ signal }) => {
    const me = await api.get<Me>("/me", signal);
    setCsrf(me.csrf);
    return me;
  },
  staleTime: 60_000,
  retry: false,
});

export const peopleQuery = queryOptions({
  queryKey: keys.people,
  queryFn: async ({ signal }) => list(await api.get<Person[] | { people: Person[] }>("/people", signal), "people"),
  staleTime: 300_000,
});

export const departmentsQuery = queryOptions({
  queryKey: keys.departments,
  queryFn: async ({ signal }) =>
    list(await api.get<Department[] | { departments: Department[] }>("/departments", signal), "departments"),
  staleTime: 300_000,
});

function list<T, K extends string>(answer: T[] | Record<K, T[]>, key: K): T[] {
  return Array.isArray(answer) ? answer : answer[key];
}

export const login = (account: string, password: string, remember: boolean) =>
  api.post<void>("/login", { account, password, remember });
export const demoLogin = () => api.post<void>("/demo-login");
export const logout = () => api.post<void>("/logout");
export const savePreferences = (wishes: { language?: Language; theme?: string }) => api.patch<void>("/me", wishes);

export interface Setup {
  administrator: { name: string; account: string; mail: string; password: string };
  company: { name: string; zone: string; calendar: string };
  start: "import" | "empty" | "demo";
}
export const setUp = (setup: Setup) => api.post<void>("/setup", setup);

/** The person who is logged in; only inside the shell, where it is known. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("useMe outside the shell");
  return data;
}

/** The workspace's today, never the browser's. */
export const useToday = () => useMe().today;
