import { autocompletion, type Completion, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorState, type Extension, RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Proposal } from "@/kit/formula/editor";
import { characters, units } from "@/kit/formula/places";
import { openAt } from "./model";
import "@/kit/formula/formula.css";

/** Puts a placeholder where one was writing last. */
export type Insert = (formula: string) => void;
export interface Given {
  key: string;
  label: string;
}

/** Words with placeholders: each is marked, and completed while it is written. */
export function WordsEditor({
  id,
  label,
  value,
  rows,
  onChange,
  onHand,
  complete,
  given,
  names,
  wrong,
}: {
  id: string;
  label: string;
  value: string;
  /** 1: a single line */
  rows: number;
  onChange: (text: string) => void;
  onHand: (insert: Insert) => void;
  complete: (text: string, cursor: number) => Promise<Proposal[]>;
  /** what is known when the message is put together */
  given: readonly Given[];
  /** placeholder -> what people call it */
  names: ReadonlyMap<string, string>;
  wrong: ReadonlyMap<string, string>;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const holes = useRef(new Compartment());
  const latest = useRef({ onChange, onHand, complete, given, names, wrong });
  latest.current = { onChange, onHand, complete, given, names, wrong };
  const first = useRef({ value, label, id, rows });

  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const { value: doc, label: name, id: at, rows: lines } = first.current;
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc,
        extensions: [
          history(),
          EditorView.lineWrapping,
          holes.current.of(marked(latest.current.names, latest.current.wrong)),
          EditorView.contentAttributes.of({ "aria-label": name, id: at }),
          ...(lines === 1 ? [EditorState.transactionFilter.of((tr) => (tr.newDoc.lines > 1 ? [] : tr))] : []),
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          autocompletion({
            icons: false,
            activateOnTyping: true,
            override: [
              async (context) => {
                const text = context.state.doc.toString();
                const open = openAt(text, context.pos);
                if (!open) return null;
                const { complete: ask, given: known } = latest.current;
                const closed = text.startsWith("}}", open.from + open.text.length);
                const end = closed ? "" : "}}";
                const own = known.filter((one) => one.key.startsWith(open.text.slice(0, open.at).trim()));
                const found = await ask(open.text, characters(open.text, open.at));
                const start = found.length ? Math.min(...found.map((p) => p.start)) : 0;
                const options: Completion[] = [
                  ...(start === 0
                    ? own.map((one) => ({ label: one.label, detail: one.key, apply: `${one.key}${end}` }))
                    : []),
                  ...found.map((p) => ({
                    label: p.label,
                    detail: p.detail,
                    apply: p.kind === "relation" || p.kind === "function" ? p.insert : `${p.insert}${end}`,
                  })),
                ];
                return options.length ? { from: open.from + units(open.text, start), filter: false, options } : null;
              },
            ],
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
            if (update.focusChanged && update.view.hasFocus) latest.current.onHand(insertInto(update.view));
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
  const stamp = JSON.stringify([[...wrong], names.size]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says when they differ
  useEffect(() => {
    view.current?.dispatch({ effects: holes.current.reconfigure(marked(names, wrong)) });
  }, [stamp]);

  return <div ref={host} className="formula-editor tpl-editor" style={{ "--tpl-rows": rows } as React.CSSProperties} />;
}

const insertInto = (view: EditorView) => (formula: string) => {
  const { from, to } = view.state.selection.main;
  const text = `{{${formula}}}`;
  view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length } });
  view.focus();
  if (!formula) {
    view.dispatch({ selection: { anchor: from + 2 } });
    startCompletion(view);
  }
};

const HOLE = /\{\{\s*([\s\S]+?)\s*\}\}/g;

/** Each placeholder in its colour, with what it is called; a wrong one with what is wrong. */
function marked(names: ReadonlyMap<string, string>, wrong: ReadonlyMap<string, string>): Extension {
  const build = (view: EditorView): DecorationSet => {
    const found = new RangeSetBuilder<Decoration>();
    for (const hit of view.state.doc.toString().matchAll(HOLE)) {
      const name = hit[1] ?? "";
      const fault = wrong.get(name);
      const title = fault ?? names.get(name) ?? name;
      const mark = Decoration.mark({ class: fault ? "tpl-hole tpl-hole-wrong" : "tpl-hole", attributes: { title } });
      found.add(hit.index, hit.index + hit[0].length, mark);
    }
    return found.finish();
  };
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = build(view);
      }
      update(update: ViewUpdate) {
        if (update.docChanged) this.decorations = build(update.view);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}
