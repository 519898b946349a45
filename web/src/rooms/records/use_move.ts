import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { toast, useProblemText } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { Row } from "./api";
import { titleOf } from "./cell";
import { saveOver } from "./save_over";
import { useConflict } from "./use_conflict";

/** A card on its way to another place; it is shown there at once. */
export interface Moving {
  row: Row;
  from: string | null;
  to: string | null;
}

/** A card laid elsewhere gives its record another value of the field, with a way back. */
export function useMove(
  form: Form,
  by: string,
  named: (to: string | null) => string,
  /** a record that cannot be moved without more is opened */
  onOpen: (row: Row) => void,
) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [moving, setMoving] = useState<ReadonlyMap<number, Moving>>(new Map());
  const saving = useRef(new Map<number, Promise<number>>());
  const field = form.fields.find((f) => f.key === by);
  const conflict = useConflict(form);

  /** A card that is moved again while it is being saved waits for its own save, and goes on from there. */
  async function move(row: Row, from: string | null, to: string | null, version = row.version ?? 0, silent = false) {
    if (from === to || (to === null && field?.required)) return;
    setMoving((now) => new Map(now).set(row.id, { row, from, to }));
    const before = (saving.current.get(row.id) ?? Promise.resolve(version)).catch(() => version);
    const done = before.then((at) => saveOver(form.key, row.id, at, { [by]: to }, { [by]: from }));
    const mine = done.then((one) => ("version" in one ? one.version : version));
    mine.catch(() => undefined);
    saving.current.set(row.id, mine);
    try {
      const one = await done;
      const saved = await mine;
      if ("stale" in one) conflict.ask({ id: row.id, stale: one.stale, mine: { [by]: to } });
      else if (!silent)
        toast({
          text: t("records:board_moved", { name: titleOf(form, row), label: label(field ?? {}), to: named(to) }),
          undo: () => move(row, to, from, saved, true),
        });
    } catch (error) {
      toast({
        text: `${titleOf(form, row)}：${problemText(error)}`,
        tone: "bad",
        action: { label: t("open"), act: () => onOpen(row) },
      });
    }
    // a first read that began before the save would otherwise be taken for one of after it
    await client.cancelQueries({ queryKey: keys.form(form.key) });
    await client.invalidateQueries({ queryKey: keys.form(form.key) });
    void client.invalidateQueries({ queryKey: keys.allTasks });
    if (saving.current.get(row.id) !== mine) return;
    saving.current.delete(row.id);
    setMoving((now) => {
      const next = new Map(now);
      next.delete(row.id);
      return next;
    });
  }
  return { moving, move, ask: conflict.ask, sheet: conflict.sheet };
}
