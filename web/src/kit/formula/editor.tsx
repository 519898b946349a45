import { autocompletion, type Completion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Hint } from "./api";
import { callHint } from "./call_hint";
import { characters, units } from "./places";
import { words } from "./words";
import "./formula.css";

export interface Proposal {
  label: string;
  insert: string;
  kind: string;
  detail: string;
  about?: string;
  /** where the text that it replaces begins */
  start: number;
}
export interface Fault {
  from: number;
  to: number;
  text: string;
}

const TYPES: Record<string, string> = {
  field: "property",
  relation: "class",
  rows: "interface",
  function: "function",
  option: "constant",
};

/** A formula is written here: completion while typing, the error under its place. */
export function FormulaEditor({
  id,
  value,
  onChange,
  complete,
  hint,
  fault,
  label,
  example,
}: {
  id: string;
  value: string;
  onChange: (text: string) => void;
  complete: (text: string, cursor: number) => Promise<Proposal[]>;
  /** the call that the cursor stands in */
  hint?: (text: string, cursor: number) => Promise<Hint | null>;
  fault: Fault | null;
  label: string;
  example?: string;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, complete, hint });
  latest.current = { onChange, complete, hint };
  const first = useRef({ value, label, example, id });

  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: first.current.value,
        extensions: [
          history(),
          bracketMatching(),
          EditorView.lineWrapping,
          words,
          EditorView.contentAttributes.of({ "aria-label": first.current.label, id: first.current.id }),
          ...(first.current.example ? [placeholder(first.current.example)] : []),
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          autocompletion({
            icons: false,
            activateOnTyping: true,
            override: [
              async (context) => {
                const text = context.state.doc.toString();
                if (!context.explicit && !/[\p{L}\p{N}_."“]$/u.test(text.slice(0, context.pos))) return null;
                const found = await latest.current.complete(text, characters(text, context.pos));
                if (found.length === 0) return null;
                const from = units(text, Math.min(...found.map((p) => p.start)));
                return {
                  from,
                  filter: false,
                  options: found.map(
                    (p): Completion => ({
                      label: p.label,
                      detail: p.detail,
                      apply: p.insert,
                      type: TYPES[p.kind] ?? "text",
                      ...(p.about ? { info: p.about } : {}),
                    }),
                  ),
                };
              },
            ],
          }),
          callHint((text, cursor) => latest.current.hint?.(text, characters(text, cursor)) ?? Promise.resolve(null)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const length = editor.state.doc.length;
    const place = (at: number) => units(editor.state.doc.toString(), at);
    const marks: Diagnostic[] = fault
      ? [
          {
            from: Math.min(place(fault.from), length),
            to: Math.min(Math.max(place(fault.to), place(fault.from) + 1), length),
            severity: "error",
            message: fault.text,
          },
        ]
      : [];
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [fault]);

  return <div ref={host} className={`formula-editor ${fault ? "formula-wrong" : ""}`} />;
}
