import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { toast, useProblemText } from "@/kit";
import { isTyping } from "@/kit/keys";
import { type Form, useLabel } from "@/rooms/forms";
import { type Pasted, type PasteIn, pasteCells, type Row } from "./api";
import { plannedDates } from "./bulk_edit";
import { copyText } from "./copy";
import { moved, one, type Range, rect, type Spot, spread } from "./range";
import type { Column } from "./table_parts";
import { type Cells, cellText, fromTsv, toTsv } from "./tsv";
import type { Rows } from "./use_rows";
import { useTakeBack } from "./use_take_back";

/** What was pasted and not taken, waiting for an answer. */
export interface Waiting {
  block: PasteIn;
  answer: Pasted;
  /** cells that did not fit into the list */
  cut: number;
}
const MOST = 20_000; // cells that the server takes at once

/** A range of cells chosen with the pointer or Shift and the arrows; copied to and pasted from a spreadsheet. */
export function useCells(form: Form, columns: readonly Column[], rows: Rows, resting: boolean) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const takeBack = useTakeBack(form);
  const [range, setRange] = useState<Range | null>(null);
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const start = useRef<Spot | null>(null);
  const dragged = useRef(false);
  const may = form.may.includes("update");

  function text(at: Range, some: readonly Row[]): string {
    const { left, right } = rect(at);
    const words = { yes: t("yes"), no: t("no"), label };
    return toTsv(some.map((row) => columns.slice(left, right + 1).map((c) => cellText(c.field, row[c.path], words))));
  }
  /** The text of the range; null: some rows are not here yet, and it follows. */
  function copy(at: Range): string | null {
    const { top, bottom } = rect(at);
    const some = Array.from({ length: bottom - top + 1 }, (_, i) => rows.at(top + i) ?? []).flat();
    if (some.length === bottom - top + 1) return text(at, some);
    void (async () => {
      try {
        const all = await rows.fetch(top, bottom);
        await copyText(text(at, all));
        toast({ text: t("records:copied", { n: all.length, noun: form.noun }) });
      } catch (error) {
        toast({ text: problemText(error), tone: "bad" });
      }
    })();
    return null;
  }

  async function send(block: PasteIn, cut: number) {
    try {
      const done = await pasteCells(form.key, block);
      setWaiting(done.refused_count > 0 && !block.skip_refused ? { block, answer: done, cut } : null);
      const { transaction } = done;
      if (transaction !== null)
        toast({
          text:
            t("records:pasted", { n: done.changed, noun: form.noun }) + (cut ? t("records:paste_cut", { n: cut }) : ""),
          undo: () => takeBack(transaction),
        });
      else if (done.refused_count === 0 || block.skip_refused) toast({ text: t("records:paste_same") });
      await client.invalidateQueries({ queryKey: ["records"] });
      void client.invalidateQueries({ queryKey: keys.allTasks });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  const busy = useRef(false);
  async function paste(at: Range, given: Cells) {
    if (busy.current) return; // the keys were pressed twice
    busy.current = true;
    try {
      await put(at, given);
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    } finally {
      busy.current = false;
    }
  }
  async function put(at: Range, given: Cells) {
    const { at: place, cells, cut } = spread(given, rect(at), rows.count, columns.length);
    const shown = columns.slice(place.left, place.right + 1);
    if (cells.length * shown.length > MOST) {
      toast({ text: t("records:paste_large", { n: MOST.toLocaleString("en") }), tone: "bad" });
      return;
    }
    const records = await rows.fetch(place.top, place.bottom);
    const planned = plannedDates(form);
    setRange({ from: { row: place.top, column: place.left }, to: { row: place.bottom, column: place.right } });
    await send(
      {
        rows: records.map((row) => ({ id: row.id, version: row.version ?? null })),
        fields: shown.map((c) => c.path),
        cells: cells.slice(0, records.length),
        alone: shown.filter((c) => c.path.includes(".") || planned.includes(c.path)).map((c) => c.path),
        skip_refused: false,
      },
      cut,
    );
  }

  const latest = useRef({ range, copy, paste, resting });
  latest.current = { range, copy, paste, resting: resting || waiting !== null };
  useEffect(() => {
    const wanted = (e: ClipboardEvent) =>
      !isTyping(e as unknown as KeyboardEvent) && !latest.current.resting && !e.defaultPrevented;
    const onCopy = (e: ClipboardEvent) => {
      const at = latest.current.range;
      if (!at || !wanted(e) || window.getSelection()?.toString()) return;
      e.preventDefault();
      const text = latest.current.copy(at);
      if (text !== null) e.clipboardData?.setData("text/plain", text);
    };
    const onPaste = (e: ClipboardEvent) => {
      const at = latest.current.range;
      const text = e.clipboardData?.getData("text/plain");
      if (!at || !text || !wanted(e)) return;
      e.preventDefault();
      void latest.current.paste(at, fromTsv(text));
    };
    document.addEventListener("copy", onCopy);
    if (may) document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [may]);

  return {
    range,
    rect: range && rect(range),
    waiting,
    /** take the cells that were not refused, or none */
    answer: (on: boolean) => {
      setWaiting(null);
      if (on && waiting) void send({ ...waiting.block, skip_refused: true }, waiting.cut);
    },
    clear: () => setRange(null),
    arrow: (name: string, extend: boolean, focused: number) =>
      setRange((now) =>
        now
          ? moved(now, name, extend, rows.count, columns.length)
          : one(Math.max(0, Math.min(focused, rows.count - 1)), 0),
      ),
    down: (spot: Spot, extend: boolean) => {
      dragged.current = extend;
      start.current = extend && range ? range.from : spot;
      if (extend) setRange({ from: start.current, to: spot });
    },
    over: (spot: Spot, pressed: boolean) => {
      if (!pressed || !start.current) return;
      if (!dragged.current && spot.row === start.current.row && spot.column === start.current.column) return;
      dragged.current = true;
      setRange({ from: start.current, to: spot });
    },
    /** the pointer chose a range: its click opens nothing */
    swallow: () => {
      const was = dragged.current;
      dragged.current = false;
      start.current = null;
      if (!was) setRange(null);
      return was;
    },
  };
}
