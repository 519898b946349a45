import { useQueryClient } from "@tanstack/react-query";
import { Button, Input, type InputRef, Popover, Select } from "antd";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, Problem } from "@/api";
import { forgetUndoable, toast, undoable, useProblemText } from "@/kit";
import { type Field, type Form, useLabel, valueKind } from "@/rooms/forms";
import type { Page, Row, Value } from "./api";
import { titleOf } from "./cell";
import { type At, after, shownText } from "./inline_model";
import { readOnly } from "./read_only";
import { same, toSend } from "./record_model";
import { saveOver } from "./save_over";
import { useConflict } from "./use_conflict";

/** `again`: what did not arrive, to be sent once more */
type Shape = "pending" | { refused: string; typed: Value; again: (() => void) | null };

interface Inline {
  at: At | null;
  /** `text`: what was typed on the chosen cell begins its editor */
  edit: (at: At | null, text?: string) => void;
  began: string | null;
  editable: (field: Field, path: string) => boolean;
  /** why a cell cannot be changed where it stands, in a sentence */
  why: (field: Field, path: string) => string | null;
  state: (row: number, path: string) => Shape | undefined;
  save: (row: Row, field: Field, value: Value) => void;
  /** what was refused is typed again */
  again: (row: number, path: string) => void;
  typed: (row: number, path: string) => Value | undefined;
  forget: (row: number, path: string) => void;
}
const Context = createContext<Inline | null>(null);
export const useInline = () => useContext(Context);

const name = (row: number, path: string) => `${row}/${path}`;

/** Cells that are changed where they stand: shown at once, taken back visibly with the reason when refused. */
export function InlineEdit({ form, children }: { form: Form; children: ReactNode }) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [at, setAt] = useState<At | null>(null);
  const [began, setBegan] = useState<string | null>(null);
  const [states, setStates] = useState<Readonly<Record<string, Shape>>>({});
  const [typed, setTyped] = useState<Readonly<Record<string, Value>>>({});
  const conflict = useConflict(form);
  // a row's saves go one after the other, each with the version that the one before made
  const queue = useRef(new Map<number, Promise<number>>());

  const set = (cell: string, shape: Shape | null) =>
    setStates((now) => {
      const next = { ...now };
      if (shape) next[cell] = shape;
      else delete next[cell];
      return next;
    });
  const patch = (id: number, part: Partial<Row>) =>
    client.setQueriesData<Page | { pages: Page[] }>({ queryKey: [...keys.form(form.key), "page"] }, (old) => {
      const patched = (page: Page) => ({
        ...page,
        rows: page.rows.map((row) => (row.id === id ? { ...row, ...part } : row)),
      });
      return old && ("pages" in old ? { ...old, pages: old.pages.map(patched) } : patched(old));
    });

  /** `raw`: a value as the server tells it, not as it was typed */
  function save(row: Row, field: Field, value: Value, raw = false) {
    if (same(row[field.key], value)) return;
    const cell = name(row.id, field.key);
    const before = row[field.key] ?? null;
    const mine = raw ? { [field.key]: value } : toSend(form, { [field.key]: value });
    patch(row.id, { [field.key]: mine[field.key] ?? null });
    set(cell, "pending");
    const start = queue.current.get(row.id) ?? Promise.resolve(row.version ?? 0);
    const refuse = (refused: string, lost = false) => {
      set(cell, { refused, typed: value, again: lost ? () => latest.current(row, field, value, raw) : null });
      // scrolled away, or in the list no longer: it is said where it can be seen
      if (!document.querySelector(`[data-row="${row.id}"]`))
        toast({ text: `${titleOf(form, row)} · ${label(field)}：${refused}`, tone: "bad" });
    };
    const now: Row = { ...row, [field.key]: mine[field.key] ?? null };
    const failed = raw ? () => undefined : undoable(() => latest.current(now, field, before, true));
    const done = start.then(async (version) => {
      try {
        const saved = await saveOver(form.key, row.id, version, mine, { [field.key]: before });
        if ("stale" in saved) {
          failed();
          patch(row.id, { [field.key]: before });
          set(cell, null);
          conflict.ask({ id: row.id, stale: saved.stale, mine, left: () => refuse(t("records:conflict_left")) });
          return version;
        }
        patch(row.id, { version: saved.version });
        set(cell, null);
        now.version = saved.version;
        if (raw) toast({ text: t("records:bulk_undone") });
        return saved.version;
      } catch (error) {
        failed();
        patch(row.id, { [field.key]: before });
        refuse(problemText(error), error instanceof Problem && error.status === 0);
        return version;
      }
    });
    queue.current.set(row.id, done);
    void done.then(() => {
      if (queue.current.get(row.id) !== done) return;
      queue.current.delete(row.id);
      // computed fields follow; the rows stay where they stand until then
      void client.invalidateQueries({ queryKey: keys.form(form.key) });
    });
  }
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => forgetUndoable, []);
  const shapes = useRef(states);
  shapes.current = states;
  useEffect(() => {
    // what did not arrive is sent by itself when the connection is back
    const send = () => {
      for (const shape of Object.values(shapes.current)) if (shape !== "pending") shape.again?.();
    };
    window.addEventListener("online", send);
    return () => window.removeEventListener("online", send);
  }, []);
  const value: Inline = {
    at,
    edit: (next, text) => {
      setAt(next);
      setBegan(text ?? null);
    },
    began,
    editable: (field, path) => readOnly(form, field, path) === null,
    why: (field, path) => {
      const why = readOnly(form, field, path);
      return why && t(`records:read_only_${why}`);
    },
    state: (row, path) => states[name(row, path)],
    save,
    again: (row, path) => {
      const shape = states[name(row, path)];
      if (!shape || shape === "pending") return;
      setTyped({ ...typed, [name(row, path)]: shape.typed });
      set(name(row, path), null);
      setAt({ row, path });
    },
    typed: (row, path) => typed[name(row, path)],
    forget: (row, path) => {
      const next = { ...typed };
      delete next[name(row, path)];
      setTyped(next);
      set(name(row, path), null);
    },
  };
  return (
    <Context.Provider value={value}>
      {children}
      {conflict.sheet}
    </Context.Provider>
  );
}

/** A cell of a list: its value, or its editor; what was refused says why, in place. */
export function InlineCell({
  row,
  field,
  rows,
  paths,
  children,
}: {
  row: Row;
  field: Field;
  rows: readonly Row[];
  paths: readonly string[];
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const inline = useInline();
  const began = useRef(row); // as it stood when the edit began: what others save meanwhile is a question, never lost
  if (!inline) return children;
  const here = inline.at?.row === row.id && inline.at.path === field.key;
  if (!here) began.current = row;
  if (here)
    return (
      <CellEditor
        key={name(row.id, field.key)}
        field={field}
        was={row[field.key] ?? null}
        start={inline.typed(row.id, field.key) ?? row[field.key] ?? null}
        began={inline.began}
        onDone={(value, way) => {
          inline.forget(row.id, field.key);
          if (value !== undefined) inline.save(began.current, field, value);
          inline.edit(way ? after({ row: row.id, path: field.key }, way, rows, paths) : null);
        }}
      />
    );
  const state = inline.state(row.id, field.key);
  if (!state) return children;
  if (state === "pending") return <span className="cell-saving">{children}</span>;
  return (
    <Popover
      open
      placement="bottomLeft"
      content={
        <span className="cell-reason" role="alert">
          <span>{state.refused}</span>
          {state.again && (
            <Button size="small" onClick={state.again}>
              {t("retry")}
            </Button>
          )}
          <Button size="small" onClick={() => inline.again(row.id, field.key)}>
            {t("records:type_again")}
          </Button>
          <Button size="small" type="text" onClick={() => inline.forget(row.id, field.key)}>
            {t("close")}
          </Button>
        </span>
      }
    >
      <span className="cell-refused">{children}</span>
    </Popover>
  );
}

/** Enter saves and goes down, Tab right, Esc leaves it as it was. `value` undefined: nothing to save. */
function CellEditor({
  field,
  was,
  start,
  began,
  onDone,
}: {
  field: Field;
  was: Value;
  /** what was refused is typed already */
  start: Value;
  /** the letters by which it was opened, in the place of what stood there */
  began: string | null;
  onDone: (value: Value | undefined, way: "down" | "right" | "left" | null) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const box = useRef<InputRef>(null);
  const kind = valueKind(field);
  const choice = kind === "select" || kind === "yes_no";
  const [text, setText] = useState(() => began ?? shownText(field, start));
  const left = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, where the edit begins
  useEffect(() => (began === null ? box.current?.select() : box.current?.focus({ cursor: "end" })), []);
  const end = (value: Value | undefined, way: "down" | "right" | "left" | null) => {
    if (left.current) return;
    left.current = true;
    onDone(value, way);
  };
  const typed = (): Value => {
    if (text.trim() === "") return null;
    return kind === "percent" && !/%\s*$/.test(text) ? `${text.trim()}%` : text.trim();
  };
  const unchanged = text === shownText(field, was);
  // scrolled out of sight: what was typed is saved as when the cell is left
  const leave = useRef<() => unknown>(() => undefined);
  leave.current = () => !choice && !unchanged && end(typed(), null);
  useEffect(() => () => void leave.current(), []);
  if (choice) {
    const options =
      kind === "select"
        ? (field.options ?? []).map((o) => ({ value: o.key, label: label(o) }))
        : [
            { value: "true", label: t("yes") },
            { value: "false", label: t("no") },
          ];
    const given = (v: string | undefined): Value => (v === undefined ? null : kind === "yes_no" ? v === "true" : v);
    return (
      <span
        className="cell-editor"
        onKeyDown={(e) => {
          e.stopPropagation();
          if (e.nativeEvent.isComposing) return;
          if (e.key === "Escape") end(undefined, null);
          if (e.key === "Tab") {
            e.preventDefault();
            end(undefined, e.shiftKey ? "left" : "right");
          }
        }}
      >
        <Select
          autoFocus
          defaultOpen
          size="small"
          popupMatchSelectWidth={false}
          allowClear={!field.required}
          aria-label={label(field)}
          defaultValue={start === null ? null : String(start)}
          options={options}
          showSearch={{ optionFilterProp: "label" }}
          onChange={(v) => end(given(v ?? undefined), "down")}
          onBlur={() => end(undefined, null)}
        />
      </span>
    );
  }
  return (
    <span className="cell-editor">
      <Input
        ref={box}
        autoFocus
        size="small"
        aria-label={label(field)}
        inputMode={["number", "money", "percent"].includes(kind) ? "decimal" : undefined}
        placeholder={kind === "date" ? "2026-11-21" : undefined}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          e.stopPropagation();
          if (e.nativeEvent.isComposing || e.nativeEvent.keyCode === 229) return; // its Enter chooses a word
          const way = e.key === "Enter" ? "down" : e.key === "Tab" ? (e.shiftKey ? "left" : "right") : null;
          if (e.key === "Escape") end(undefined, null);
          if (!way) return;
          e.preventDefault();
          end(unchanged ? undefined : typed(), way);
        }}
        onBlur={() => end(unchanged ? undefined : typed(), null)}
      />
    </span>
  );
}
