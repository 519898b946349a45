import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { toast, useProblemText } from "@/kit";
import type { Form } from "@/rooms/forms";
import { undoChange } from "./api";

/** Undo a change of many records: what somebody wrote since stays, and is told. */
export function useTakeBack(form: Form): (transaction: number) => Promise<void> {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  return async (transaction) => {
    try {
      const undone = await undoChange(transaction);
      toast({
        text: undone.kept_count
          ? t("records:bulk_undone_part", { n: undone.kept_count, noun: form.noun })
          : t("records:bulk_undone"),
      });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    await client.invalidateQueries({ queryKey: ["records"] });
  };
}
