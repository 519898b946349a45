import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

/** Colours of a formula: texts, numbers, functions. */
const WORD = /"(?:[^"]|"")*"?|\d+(?:\.\d+)?|[\p{L}_][\p{L}\p{N}_]*(?=\s*\()/gu;
const MARKS = {
  text: Decoration.mark({ class: "formula-text" }),
  number: Decoration.mark({ class: "formula-number" }),
  call: Decoration.mark({ class: "formula-call" }),
};

function marks(view: EditorView): DecorationSet {
  const found = new RangeSetBuilder<Decoration>();
  for (const hit of view.state.doc.toString().matchAll(WORD)) {
    const head = hit[0][0] ?? "";
    const mark = head === '"' ? MARKS.text : /\d/.test(head) ? MARKS.number : MARKS.call;
    found.add(hit.index, hit.index + hit[0].length, mark);
  }
  return found.finish();
}

export const words = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = marks(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = marks(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
