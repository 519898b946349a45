import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, keys, setCsrf } from "@/api";
import type { Language } from "@/i18n";

export interface State {
  /** nobody is registered yet: the page asks for the administrator */
  first_start: boolean;
  /** the first administrator must give the code that the server printed */
  setup_code: boolean;
  /** one click logs in as the demo administrator */
  demo: boolean;
  name: string;
  clock: "real" | "manual";
  today: string;
  backup_at?: string | null;
}

export interface Person {
  id: number;
  name: string;
  account: string;
  department_id: number | null;
  department: string | null;
  active: boolean;
}

export interface Role {
  key: string;
  label: string;
  label_en: string | null;
}

export interface Workspace {
  name: string;
  kind: "real" | "demo" | "test" | "scratch";
  zone: string;
  clock: "real" | "manual";
  now: string;
  today: string;
}

export interface Me {
  id: number;
  account: string;
  name: string;
  mail: string | null;
  language: Language;
  theme: "system" | "light" | "dark";
  department_id: number | null;
  department: string | null;
  roles: Role[];
  /** system rights: design, import, release, people */
  may: string[];
  /** navigation entries beside the forms */
  menu: string[];
  landing: string | null;
  csrf: string;
  workspace: Workspace;
}

export interface Department {
  id: number;
  key: string;
  name: string;
  parent_id: number | null;
  head_id: number | null;
  active: boolean;
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
  queryFn: ({ signal }) => api.get<Person[]>("/people", signal),
  staleTime: 300_000,
});

export const departmentsQuery = queryOptions({
  queryKey: keys.departments,
  queryFn: ({ signal }) => api.get<Department[]>("/departments", signal),
  staleTime: 300_000,
});

/** Both open a session and answer who I am. */
export const login = (account: string, password: string) => api.post<Me>("/login", { account, password });
export const demoLogin = () => api.post<Me>("/demo-login");
export const logout = () => api.post<void>("/logout");
export const savePreferences = (wishes: { language?: Language; theme?: string }) => api.patch<Me>("/me", wishes);

export interface Setup {
  account: string;
  name: string;
  password: string;
  company: string;
  zone: string;
  language: Language;
  code: string;
}
export const setUp = (setup: Setup) => api.post<Me>("/setup", setup);

/** The person who is logged in; only inside the shell, where it is known. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("useMe outside the shell");
  return data;
}

/** The workspace's today, never the browser's. */
export const useToday = () => useMe().workspace.today;
