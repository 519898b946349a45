import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { api, keys } from "@/api";
import { useForm } from "@/rooms/forms";
import type { Page } from "./api";

/**
 * Records of a form for a Select that finds them by what they are called: those of the text typed so far, 20 at most,
 * asked for when it opens or, for one that must name them `atOnce`, before.
 */
export function useChoices(key: string, atOnce = false) {
  const form = useForm(key);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(atOnce);
  const needle = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: keys.choices(key, needle),
    queryFn: ({ signal }) =>
      api.post<Page>(
        `/forms/${key}/page`,
        { search: needle || null, columns: form?.title ? [form.title] : [], limit: 20 },
        signal,
      ),
    enabled: open && form !== undefined,
    staleTime: 30_000,
  });
  return {
    form,
    rows: found.data?.rows ?? [],
    needle,
    fetching: found.isFetching,
    search: { filterOption: false, onSearch: setText },
    onOpenChange: setOpen,
  };
}
