/** What a person does to a drawn process: what is chosen, and every act on it as one step that can be undone. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFocus } from "@/kit/focus";
import type { DesignProblem, DraftWork } from "@/rooms/design";
import { useForm, useLabel } from "@/rooms/forms";
import { freshNode, freshStart } from "./flow_kinds";
import {
  addedAfter,
  changed,
  connected,
  freeKey,
  inserted,
  isStart,
  keyAt,
  laidOut,
  led,
  linkOf,
  type NodeTree,
  nodeOf,
  nodesOf,
  type ProcessTree,
  pasted,
  placed,
  type StartTree,
  startChanged,
  startKey,
  startOf,
  startsOf,
  unlinked,
  withAt,
  without,
} from "./flow_tree";
import { neighbour, type Spot, viewOf } from "./flow_view";

let clipboard: readonly NodeTree[] = [];

export type Where = { link: string } | { spot: Spot } | undefined;

export function useFlow(work: DraftWork<ProcessTree>) {
  const { t } = useTranslation();
  const label = useLabel();
  const tree = work.steps?.now ?? null;
  const form = useForm(tree?.form ?? "");
  const [keys, choose] = useState<readonly string[]>([]);
  const [link, chooseLink] = useState<string | null>(null);
  /** the step that shall be in sight; the number, that it is asked for again */
  const [sight, see] = useState<{ key: string; n: number }>({ key: "", n: 0 });
  const focus = useFocus({ waits: true, still: true });
  const there = (key: string) => tree !== null && (nodeOf(tree, key) ?? startOf(tree, key)) !== undefined;
  const chosen = keys.filter(there);
  const nameOf = (key: string): string => {
    const now = work.now();
    const one = now && (nodeOf(now, key) ?? startOf(now, key));
    return (one && (label(one) || t(`processes:kind_${isStart(key) ? "start" : (one as NodeTree).kind}`))) || key;
  };

  function select(next: readonly string[], on?: string) {
    choose(next);
    if (next.length) chooseLink(null);
    if (!on) return;
    see(({ n }) => ({ key: on, n: n + 1 }));
    focus(`.react-flow__node[data-id="${on}"]`);
  }

  function add(kind: string, where?: Where) {
    const now = work.now();
    if (!now) return;
    const step = t("flow:step_add", { name: t(`processes:kind_${kind}`) });
    if (kind === "start") {
      const key = freeKey(now, "start");
      const how = startsOf(now).some((s) => s.kind === "date") ? "hand" : "date";
      work.act(step, (old) => ({ ...old, start: [...startsOf(old), freshStart(key, how, form)] }));
      select([startKey(key)]);
      return;
    }
    const fresh = freshNode(freeKey(now, kind), kind, t(`processes:kind_${kind}`), form, now);
    const on = where && "link" in where ? linkOf(now, where.link) : link && !where ? linkOf(now, link) : undefined;
    work.act(step, (old) => {
      if (on) return inserted(old, on, fresh);
      if (where && "spot" in where) {
        const place: [number, number] = [Math.round(where.spot.x / 8) * 8, Math.round(where.spot.y / 8) * 8];
        return { ...old, nodes: [...nodesOf(old), nodesOf(old).length ? { ...fresh, place } : fresh] };
      }
      return addedAfter(old, chosen[chosen.length - 1] ?? null, fresh);
    });
    select([fresh.key], fresh.key);
    focus("#flow-label");
  }

  function remove() {
    const now = work.now();
    if (!now) return;
    if (link) {
      const gone = linkOf(now, link);
      if (gone) work.act(t("flow:step_unlink", { from: nameOf(gone.from), to: nameOf(gone.to) }), unlinked(now, gone));
      chooseLink(null);
      return;
    }
    if (chosen.length === 0) return;
    const beside = neighbour(viewOf(now), chosen[0] ?? "", "up") ?? neighbour(viewOf(now), chosen[0] ?? "", "down");
    const step =
      chosen.length === 1
        ? t("flow:step_remove", { name: nameOf(chosen[0] ?? "") })
        : t("flow:step_remove_many", { count: chosen.length });
    work.act(step, (old) => chosen.reduce(without, old));
    select(beside && !chosen.includes(beside) ? [beside] : [], beside ?? undefined);
  }

  function copy() {
    const found = chosen.flatMap((key) => (tree && nodeOf(tree, key)) ?? []);
    if (found.length) clipboard = found;
  }
  function paste() {
    const now = work.now();
    const [one, ...more] = clipboard;
    if (!now || !one) return;
    const step = t("flow:step_paste", { count: clipboard.length });
    if (more.length === 0 && chosen.length === 1) {
      const { tree: made, keys } = pasted({ ...now, nodes: [] }, [one]);
      const { place: _, ...copied } = nodesOf(made)[0] ?? one;
      const fresh = { ...copied, key: freeKey(now, one.key) } as NodeTree;
      work.act(step, addedAfter(now, chosen[0] ?? null, fresh));
      select([fresh.key], keys.length ? fresh.key : undefined);
      return;
    }
    const { tree: next, keys } = pasted(now, clipboard);
    work.act(step, next);
    select(keys);
  }

  const act = (name: string, change: (old: ProcessTree) => ProcessTree, place?: string) =>
    work.act(name, change, place);
  const words = (from: string, to: string) => ({ from: nameOf(from), to: nameOf(to) });

  /** Attributes of a node, by their paths; what belongs together is one step. */
  function set(key: string, values: Record<string, unknown>, what: string) {
    const name = t("flow:step_change", { name: nameOf(key), what });
    const put = <T extends NodeTree | StartTree>(one: T): T =>
      Object.entries(values).reduce((made, [path, value]) => withAt(made, path, value), one);
    const place = `${key}.${Object.keys(values).join()}`;
    if (isStart(key)) act(name, (old) => startChanged(old, key, put), place);
    else act(name, (old) => changed(old, key, put), place);
  }

  function arrow(way: "up" | "down" | "left" | "right") {
    if (!tree) return;
    const from = chosen[chosen.length - 1];
    const to = from ? neighbour(viewOf(tree), from, way) : (nodesOf(tree)[0]?.key ?? null);
    if (to) select([to], to);
  }

  function show(problem: DesignProblem): string | null {
    const key = tree && keyAt(tree, problem.path);
    select(key ? [key] : [], key ?? undefined);
    return key;
  }

  return {
    tree,
    form,
    chosen,
    link,
    sight,
    select,
    chooseLink: (id: string | null) => {
      chooseLink(id);
      if (id) choose([]);
    },
    nameOf,
    add,
    remove,
    copy,
    paste,
    set,
    arrow,
    show,
    connect: (from: string, to: string) => act(t("flow:step_link", words(from, to)), (old) => connected(old, from, to)),
    lead: (id: string, to: string) => {
      const now = work.now();
      const old = now && linkOf(now, id);
      if (old && old.to !== to) act(t("flow:step_link", words(old.from, to)), (tree) => led(tree, old, to));
    },
    way: (from: string, slot: string, to: string) =>
      act(t("flow:step_change", { name: nameOf(from), what: t("processes:then") }), (old) =>
        changed(old, from, (node) => withAt(node, slot, to)),
      ),
    move: (places: ReadonlyMap<string, [number, number]>) =>
      act(t("flow:step_move", { count: places.size }), (old) => placed(old, places)),
    lay: () => act(t("flow:lay_out"), laidOut),
    head: (attribute: string, value: unknown, what: string) =>
      act(
        t("flow:step_change", { name: tree ? label(tree) : "", what }),
        (old) => withAt(old, attribute, value),
        attribute,
      ),
    focusLabel: () => focus("#flow-label"),
  };
}
export type Flow = ReturnType<typeof useFlow>;
