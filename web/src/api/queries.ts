import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./client";

/** Retry only what may pass by itself: no connection, a restart. A refusal is final. */
export const queryClient = new QueryClient({
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
