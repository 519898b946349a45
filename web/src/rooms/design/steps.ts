/** What was drawn, step by step: undo and redo, each step with its name; typing in one place is one step. */

export interface Steps<Tree> {
  now: Tree;
  past: readonly { name: string; tree: Tree }[];
  next: readonly { name: string; tree: Tree }[];
  /** where the newest step was made, so that the next letter joins it */
  open: { place: string; at: number } | null;
}

const TOGETHER_MS = 1500;
const MOST = 200;

export const begun = <Tree>(tree: Tree): Steps<Tree> => ({ now: tree, past: [], next: [], open: null });

/** `place`: letters typed in the same place within a moment are one step. */
export function stepped<Tree>(steps: Steps<Tree>, name: string, tree: Tree, place = "", at = 0): Steps<Tree> {
  if (tree === steps.now) return steps;
  const joins = place !== "" && steps.open?.place === place && at - steps.open.at < TOGETHER_MS;
  return {
    now: tree,
    past: joins ? steps.past : [...steps.past.slice(1 - MOST), { name, tree: steps.now }],
    next: [],
    open: place === "" ? null : { place, at },
  };
}

export function back<Tree>(steps: Steps<Tree>): Steps<Tree> {
  const last = steps.past[steps.past.length - 1];
  if (!last) return steps;
  return {
    now: last.tree,
    past: steps.past.slice(0, -1),
    next: [{ name: last.name, tree: steps.now }, ...steps.next],
    open: null,
  };
}

export function forth<Tree>(steps: Steps<Tree>): Steps<Tree> {
  const [first, ...next] = steps.next;
  if (!first) return steps;
  return { now: first.tree, past: [...steps.past, { name: first.name, tree: steps.now }], next, open: null };
}

/** A change that is no step of its own, such as a key that was proposed: it holds in every step there was. */
export function amended<Tree>(steps: Steps<Tree>, change: (tree: Tree) => Tree): Steps<Tree> {
  const all = (list: Steps<Tree>["past"]) => list.map((one) => ({ ...one, tree: change(one.tree) }));
  return { ...steps, now: change(steps.now), past: all(steps.past), next: all(steps.next) };
}
