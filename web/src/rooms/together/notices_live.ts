import { useQueryClient } from "@tanstack/react-query";
import { keys } from "@/api";
import { useLive } from "./live";

/** The badge knows at once that somebody named me. */
export function useNoticesLive() {
  const client = useQueryClient();
  useLive("*", () => void client.invalidateQueries({ queryKey: keys.notices }), ["talk"]);
}
