import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { toast, useProblemText } from "@/kit";
import { type Alert, acknowledge, dismiss, reopen } from "./api";

/** What a person does to an alert: seen, or none and why; the latter can be taken back for a moment. */
export function useAlerts() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [busy, setBusy] = useState<number | null>(null);
  async function run(one: Alert, act: () => Promise<unknown>, said: string, undo?: () => unknown): Promise<boolean> {
    setBusy(one.id);
    let done = true;
    try {
      await act();
      toast({ text: said, ...(undo ? { undo } : {}) });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
      done = false;
    }
    setBusy(null);
    await client.invalidateQueries({ queryKey: keys.allAlerts });
    void client.invalidateQueries({ queryKey: keys.allTasks });
    return done;
  }
  const name = (one: Alert) => one.title ?? `#${one.record_id}`;
  return {
    busy,
    seen: (one: Alert) => run(one, () => acknowledge(one.id), t("rules:seen", { name: name(one) })),
    none: (one: Alert, why: string) =>
      run(
        one,
        () => dismiss(one.id, why),
        t("rules:dismissed", { name: name(one) }),
        () => run(one, () => reopen(one.id), t("undone")),
      ),
  };
}
