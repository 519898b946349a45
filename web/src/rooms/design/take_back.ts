import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { toast, useProblemText } from "@/kit";
import { DESIGN, undoPublication } from "./api";

/** After a publication: what is designed, then the forms, then what they hold. Plans of drafts that are gone are left. */
export async function freshen(client: QueryClient): Promise<void> {
  void client.invalidateQueries({ queryKey: DESIGN, predicate: (query) => query.queryKey[1] !== "plan" });
  await client.invalidateQueries({ queryKey: keys.forms });
  void client.invalidateQueries({ queryKey: ["records"] });
}

/** Undo a publication; says what happened. */
export function useTakeBack() {
  const client = useQueryClient();
  const { t } = useTranslation();
  const problemText = useProblemText();
  return async (id: number, then?: () => void): Promise<void> => {
    try {
      const done = await undoPublication(id);
      void freshen(client);
      toast({ text: t("design:taken_back", { id, by: done.id }) });
      then?.();
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  };
}
