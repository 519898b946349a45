/** Keys follow names while a form is drawn. What is drawn under a key that a field had before still means that field. */
import { type FormTree, fieldOf, freeKey, rekeyed } from "./form_tree";

export interface Drawing {
  /** the tree as it is now, whatever has been rendered */
  now: () => FormTree | null;
  /** what is no step of its own */
  amend: (change: (tree: FormTree) => FormTree) => void;
  propose: (label: string, taken: string[]) => Promise<string>;
  /** until nobody types */
  rest: () => Promise<void>;
}

export class Naming {
  /** key a field had -> the key it got */
  private readonly became = new Map<string, string>();
  /** keys that people chose; once published, every key stays */
  private readonly chosen = new Set<string>();
  private readonly turns = new Map<string, number>();
  private readonly pending = new Set<Promise<void>>();

  constructor(private readonly drawing: Drawing) {}

  /** The key that the field has in this tree. */
  key(tree: FormTree, key: string): string {
    let now = key;
    for (let left = this.became.size; left > 0 && !fieldOf(tree, now); left--) now = this.became.get(now) ?? now;
    return now;
  }

  /** The key that the field began with: what is open beside it stays open when the key changes. */
  origin(key: string): string {
    return [...this.became].reduceRight((now, [before, after]) => (after === now ? before : now), key);
  }

  /** A key for a new field; one that a field had is not given again. */
  fresh(tree: FormTree, wanted: string): string {
    return freeKey(tree, wanted, this.became);
  }

  /** A name was typed: once it rests, its key follows, unless a person chose one or it is typed on. */
  named(typed: string, label: string): void {
    const tree = this.drawing.now();
    const key = tree && this.key(tree, typed);
    if (!key || this.chosen.has(key) || !label.trim()) return;
    const turn = (this.turns.get(key) ?? 0) + 1;
    this.turns.set(key, turn);
    const asking: Promise<void> = this.drawing
      .rest()
      .then(() => this.ask(key, label, () => turn === this.turns.get(key)))
      .catch(() => undefined) // the key stays as it is
      .finally(() => this.pending.delete(asking));
    this.pending.add(asking);
  }

  private async ask(key: string, label: string, newest: () => boolean): Promise<void> {
    const before = this.drawing.now();
    if (!before || !newest()) return;
    const taken = before.fields.map((f) => f.key).filter((k) => k !== key);
    const proposed = await this.drawing.propose(label, taken);
    const tree = this.drawing.now();
    if (!tree || !newest() || proposed === key || !fieldOf(tree, key) || this.chosen.has(key)) return;
    if (this.key(tree, proposed) === key) this.became.delete(proposed); // its own former key
    const after = this.fresh(tree, proposed);
    this.drawing.amend((old) => this.change(old, key, after));
    this.became.set(key, after);
  }

  /** A person chose a key. */
  choose(before: string, after: string): void {
    this.became.set(before, after);
    this.chosen.add(after);
  }

  /** The tree with another key, where that one is free. */
  change(tree: FormTree, before: string, after: string): FormTree {
    return fieldOf(tree, after) || !fieldOf(tree, before) ? tree : rekeyed(tree, before, after);
  }

  /** Every proposal that was asked for has come, or failed. */
  async settled(): Promise<void> {
    await Promise.all(this.pending);
  }
}
