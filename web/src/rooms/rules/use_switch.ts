/** A rule is switched on or off by a publication of its own, so that it can be undone like any other. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import { toast, useProblemText } from "@/kit";
import { DESIGN, type Plan } from "@/rooms/design";
import { discardDraft, publish, saveDraft } from "@/rooms/design/api";
import { useTakeBack } from "@/rooms/design/take_back";
import { rulesQuery } from "./api";
import type { RuleTree } from "./model";

export function useSwitch() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const takeBack = useTakeBack();
  const [busy, setBusy] = useState(false);
  const again = () => {
    void client.invalidateQueries({ queryKey: DESIGN });
    void client.invalidateQueries({ queryKey: rulesQuery.queryKey });
  };
  async function turn(tree: RuleTree, on: boolean, name: string) {
    setBusy(true);
    const { active: _, ...rest } = tree;
    try {
      const { draft } = await saveDraft<RuleTree>("rule", tree.rule, on ? rest : { ...rest, active: false }, null);
      try {
        const plan = await api.post<Plan>("/design/plan", { drafts: [draft.id] });
        const done = await publish([draft.id], t(on ? "rules:turned_on" : "rules:turned_off", { name }), plan);
        toast({
          text: t(on ? "rules:turned_on" : "rules:turned_off", { name }),
          undo: () => takeBack(done.id, again),
        });
      } catch (error) {
        await discardDraft("rule", tree.rule); // what could not be published is not left behind
        throw error;
      }
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    setBusy(false);
    again();
  }
  return { busy, turn };
}
