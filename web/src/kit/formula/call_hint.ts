import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, showTooltip, type Tooltip, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { Hint } from "./api";

const REST_MS = 120;
const shows = StateEffect.define<{ hint: Hint; at: number } | null>();

const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(tooltip, change) {
    for (const effect of change.effects)
      if (effect.is(shows)) return effect.value && tooltipOf(effect.value.hint, effect.value.at);
    return tooltip && change.docChanged ? { ...tooltip, pos: change.changes.mapPos(tooltip.pos) } : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

/** The function and its arguments, the one that is being written in bold; below, what it does. */
function tooltipOf(hint: Hint, at: number): Tooltip {
  return {
    pos: at,
    above: true,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "formula-hint";
      dom.setAttribute("role", "status");
      const head = dom.appendChild(document.createElement("code"));
      head.append(`${hint.function}(`);
      hint.arguments.forEach((argument, i) => {
        if (i) head.append(", ");
        const part = head.appendChild(document.createElement(i === hint.argument ? "b" : "span"));
        part.textContent = argument;
      });
      head.append(")");
      const about = dom.appendChild(document.createElement("div"));
      about.className = "grey";
      about.textContent = hint.about;
      return { dom };
    },
  };
}

/** Shows which argument of which function the cursor stands in, while somebody writes there. */
export function callHint(ask: (text: string, cursor: number) => Promise<Hint | null>): Extension {
  const plugin = ViewPlugin.fromClass(
    class {
      private timer = 0;
      private turn = 0;
      constructor(private readonly view: EditorView) {}
      update(update: ViewUpdate) {
        if (update.docChanged || update.selectionSet || update.focusChanged) this.look();
      }
      destroy() {
        window.clearTimeout(this.timer);
        this.turn = -1;
      }
      private look() {
        window.clearTimeout(this.timer);
        const mine = ++this.turn;
        this.timer = window.setTimeout(async () => {
          const { state } = this.view;
          const at = state.selection.main.head;
          const hint = this.view.hasFocus ? await ask(state.doc.toString(), at) : null;
          if (mine !== this.turn || (hint === null && state.field(shown) === null)) return;
          this.view.dispatch({ effects: shows.of(hint && { hint, at: Math.min(at, this.view.state.doc.length) }) });
        }, REST_MS);
      }
    },
  );
  return [shown, plugin];
}
