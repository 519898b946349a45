import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { toast, useProblemText } from "@/kit";
import { type Acted, undoTaskAct } from "./api";

/** Acts on tasks: what was done is said with its way back, what was refused with the reason. */
export function useActs() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const again = useCallback(async () => {
    await client.invalidateQueries({ queryKey: keys.allTasks });
    void client.invalidateQueries({ queryKey: ["records"] });
  }, [client]);

  const back = async (act: number) => {
    try {
      const { kept } = await undoTaskAct(act);
      toast({ text: kept ? t("tasks:undone_but", { count: kept }) : t("undone") });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    await again();
  };
  /** True when something was done. */
  const run = async (act: () => Promise<Acted>, said: (count: number) => string): Promise<boolean> => {
    try {
      const { act: number, done, refused } = await act();
      if (refused[0]) toast({ text: t("tasks:refused", { count: refused.length, why: refused[0].text }), tone: "bad" });
      if (done.length) toast({ text: said(done.length), ...(number === null ? {} : { undo: () => back(number) }) });
      await again();
      return done.length > 0;
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
      return false;
    }
  };
  return { run, again };
}
