import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem } from "./client";
import { keys } from "./keys";

/** Retry only what may pass by itself: no connection, a restart. A refusal is final. */
/** Logged out elsewhere, or for too long: asking who I am leads to the login page and back. */
function loggedOut(error: unknown, key?: readonly unknown[]) {
  if (error instanceof Problem && error.status === 401 && key?.[0] !== keys.me[0])
    void queryClient.invalidateQueries({ queryKey: keys.me });
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => loggedOut(error, query.queryKey) }),
  mutationCache: new MutationCache({ onError: (error) => loggedOut(error) }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof Problem) || error.status === 0 || error.status === 503),
    },
    mutations: { retry: false },
  },
});
