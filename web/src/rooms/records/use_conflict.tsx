import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, Problem } from "@/api";
import { toast, useProblemText } from "@/kit";
import type { Form } from "@/rooms/forms";
import { updateRecord } from "./api";
import { ConflictSheet } from "./conflict";
import { readStale, type Stale, type Values } from "./record_model";

interface Met {
  id: number;
  stale: Stale;
  mine: Values;
  /** nothing was chosen: what was typed goes back to where it was typed */
  left?: (() => void) | undefined;
}

/** What both changed is asked, one record after the other. */
export function useConflict(form: Form) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [waiting, setWaiting] = useState<readonly Met[]>([]);
  const [saving, setSaving] = useState(false);
  const first = waiting[0];

  async function merge(values: Values) {
    if (!first) return;
    setSaving(true);
    try {
      if (Object.keys(values).length) await updateRecord(form.key, first.id, first.stale.version, values);
      setWaiting((now) => now.slice(1));
    } catch (error) {
      if (error instanceof Problem && error.status === 409 && error.facts.fields)
        setWaiting((now) => [{ ...first, stale: readStale(error.facts) }, ...now.slice(1)]);
      else toast({ text: problemText(error), tone: "bad" });
    } finally {
      setSaving(false);
      void client.invalidateQueries({ queryKey: keys.form(form.key) });
      void client.invalidateQueries({ queryKey: keys.allTasks });
    }
  }
  return {
    ask: (one: Met) => setWaiting((now) => [...now, one]),
    sheet: first && (
      <ConflictSheet
        key={`${first.id} ${first.stale.version}`}
        form={form}
        stale={first.stale}
        mine={first.mine}
        saving={saving}
        leave={t("cancel")}
        onClose={() => {
          setWaiting((now) => now.slice(1));
          first.left?.();
        }}
        onMerge={(values) => void merge(values)}
      />
    ),
  };
}
