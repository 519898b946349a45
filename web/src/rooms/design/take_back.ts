import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { toast, useProblemText } from "@/kit";
import { DESIGN, undoPublication } from "./api";

/** Undo a publication; says what happened. */
export function useTakeBack() {
  const client = useQueryClient();
  const { t } = useTranslation();
  const problemText = useProblemText();
  return async (id: number, then?: () => void): Promise<void> => {
    try {
      const done = await undoPublication(id);
      void client.invalidateQueries({ queryKey: DESIGN });
      void client.invalidateQueries({ queryKey: keys.forms });
      void client.invalidateQueries({ queryKey: ["records"] });
      toast({ text: t("design:taken_back", { id, by: done.id }) });
      then?.();
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  };
}
