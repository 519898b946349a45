import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFocus } from "@/kit/focus";
import type { DesignProblem, DraftWork } from "@/rooms/design";
import { proposeKey } from "@/rooms/design/api";
import { useForms, useLabel } from "./api";
import type { Selected } from "./canvas";
import {
  added,
  nameOf as cellName,
  changed,
  type FieldTree,
  type FormTree,
  fieldAt,
  fieldOf,
  freeKey,
  laidOut,
  lastSpot,
  layoutOf,
  moved,
  nudged,
  type Spot,
  spotOf,
  without,
} from "./form_tree";
import { pause } from "./hands";
import type { Piece } from "./kinds";
import { Naming } from "./naming";
import { fieldFor } from "./pieces";
import { backOf, freeNames, partAt, partChanged, subTableAdded } from "./sub_tables";

let clipboard: FieldTree | null = null;
const REST_MS = 350;

/** What a person does to a form: what is selected, and every act on it as one step that can be undone. */
export function useDrawing(work: DraftWork<FormTree>) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const [selected, select] = useState<Selected>({ what: "form" });
  const [tab, setTab] = useState(0);
  const [fresh, setFresh] = useState(0);
  const drawn = useRef(work);
  drawn.current = work;
  const [naming] = useState(
    () =>
      new Naming({
        now: () => drawn.current.now(),
        amend: (change) => drawn.current.amend(change),
        propose: proposeKey,
        rest: () => pause(REST_MS),
      }),
  );
  const columns = useRef(new Map<string, Naming>());
  const tree = work.steps?.now ?? null;
  const focus = useFocus();
  const focusLabel = () => focus("#f-label");
  const focusCell = (key: string) => focus(`[data-cell="${key}"]`);
  const chosen: Selected =
    tree && selected.what === "field" ? { what: "field", key: naming.key(tree, selected.key) } : selected;

  const isPublished = (field: string) => work.current?.fields.some((f) => f.key === field) ?? false;
  const nameOf = (key: string) => label((tree && (fieldOf(tree, key) ?? partAt(tree, key))) ?? {}) || key;

  function spotForNew(now: FormTree): Spot {
    const tabs = layoutOf(now);
    const at = Math.min(tab, tabs.length - 1);
    const here = chosen.what === "field" ? spotOf(tabs, chosen.key) : null;
    if (here) return { ...here, cell: here.cell + 1 };
    if (chosen.what === "section") {
      const section = tabs[chosen.at.tab]?.sections[chosen.at.section];
      if (section) return { ...chosen.at, cell: section.cells.length };
    }
    return lastSpot(tabs, at);
  }

  function add(piece: Piece, where?: Spot) {
    const tree = work.now();
    if (!tree) return;
    const name = t("forms:step_add", { name: t(`forms:kind_${piece}`) });
    const at = where ?? spotForNew(tree);
    if (piece === "tab") {
      work.act(name, (old) =>
        laidOut(old, (tabs) => {
          for (const [i, one] of tabs.entries()) one.label ??= t("forms:tab_n", { n: i + 1 });
          tabs.push({
            label: t("forms:tab_n", { n: tabs.length + 1 }),
            sections: [{ columns: 2, closed: false, cells: [] }],
          });
        }),
      );
      setTab(layoutOf(tree).length);
      select({ what: "form" });
      focus("#form-tab");
      return;
    }
    if (piece === "section") {
      work.act(name, (old) =>
        laidOut(old, (tabs) => {
          const sections = tabs[at.tab]?.sections;
          sections?.push({
            label: t("forms:section_n", { n: sections.length + 1 }),
            columns: 2,
            closed: false,
            cells: [],
          });
        }),
      );
      const count = layoutOf(tree)[at.tab]?.sections.length ?? 0;
      select({ what: "section", at: { tab: at.tab, section: count, cell: 0 } });
      focus("#s-label");
      return;
    }
    if (piece === "words") {
      work.act(name, (old) =>
        laidOut(old, (tabs) => {
          tabs[at.tab]?.sections[at.section]?.cells.splice(at.cell, 0, { text: t("forms:words_fresh"), span: 1 });
        }),
      );
      select({ what: "words", at });
      focus("#w-text");
      return;
    }
    if (piece === "sub_table") {
      const names = freeNames(tree, forms);
      work.act(name, (old) => subTableAdded(old, at, names, (k) => t(`forms:${k}`)));
      select({ what: "field", key: names.collection });
      setFresh((n) => n + 1);
      focusLabel();
      return;
    }
    const field = fieldFor(naming.fresh(tree, `${piece}_1`), tree, piece, (k) => t(`forms:${k}`), forms);
    work.act(name, (old) => added(old, field, at));
    select({ what: "field", key: field.key });
    setFresh((n) => n + 1);
    focusLabel();
  }

  function rename(typed: string, text: string) {
    const now = work.now();
    const key = now ? naming.key(now, typed) : typed;
    const step = t("forms:step_rename", { name: nameOf(key) });
    work.act(step, (old) => changed(old, naming.key(old, key), { label: text }), `${key}.label`);
    if (!isPublished(key)) naming.named(key, text);
  }

  function rekey(before: string, after: string) {
    const now = work.now();
    const key = now ? naming.key(now, before) : before;
    if (key === after) return;
    const step = t("forms:step_change", { name: nameOf(key), what: t("forms:attribute_key") });
    work.act(step, (old) => naming.change(old, key, after));
    naming.choose(key, after);
  }

  function move(key: string, to: Spot) {
    work.act(t("forms:step_move", { name: nameOf(key) }), (old) => moved(old, naming.key(old, key), to));
  }

  function copy(key: string) {
    const field = tree && fieldOf(tree, key);
    if (field) clipboard = field;
  }
  function paste() {
    const now = work.now();
    if (!now || !clipboard) return;
    const { reverse: _, ...kept } = { ...clipboard, key: freeKey(now, clipboard.key) };
    work.act(t("forms:step_add", { name: label(kept) }), (old) => added(old, kept, spotForNew(old)));
    select({ what: "field", key: kept.key });
    focusCell(kept.key);
  }

  function remove(what: Selected) {
    const tree = work.now();
    if (!tree) return;
    if (what.what === "field") {
      const tabs = layoutOf(tree);
      const at = spotOf(tabs, what.key);
      const cells = at ? (tabs[at.tab]?.sections[at.section]?.cells ?? []) : [];
      const beside = at && (cells[at.cell + 1] ?? cells[at.cell - 1]);
      const next = beside && cellName(beside);
      work.act(t("forms:step_remove", { name: nameOf(what.key) }), (old) => without(old, what.key));
      select(next ? { what: "field", key: next } : { what: "form" });
      if (next) focusCell(next);
    } else if (what.what === "words") {
      const { at } = what;
      work.act(t("forms:step_remove", { name: t("forms:kind_words") }), (old) =>
        laidOut(old, (tabs) => {
          tabs[at.tab]?.sections[at.section]?.cells.splice(at.cell, 1);
        }),
      );
      select({ what: "form" });
    } else if (what.what === "section") {
      const { at } = what;
      work.act(t("forms:step_remove", { name: t("forms:kind_section") }), (old) =>
        laidOut(old, (tabs) => {
          const sections = tabs[at.tab]?.sections;
          if (!sections || sections.length < 2) return;
          const [gone] = sections.splice(at.section, 1);
          sections[Math.max(0, at.section - 1)]?.cells.push(...(gone?.cells ?? []));
        }),
      );
      select({ what: "form" });
    }
  }

  function arrow(way: "left" | "right" | "up" | "down", moving: boolean) {
    const tree = work.now();
    if (!tree) return;
    const tabs = layoutOf(tree);
    const order = (tabs[Math.min(tab, tabs.length - 1)]?.sections ?? []).flatMap((s) =>
      s.cells.flatMap((c) => cellName(c) ?? []),
    );
    const go = (key: string | undefined) => {
      if (!key) return;
      select({ what: "field", key });
      focusCell(key);
    };
    if (chosen.what !== "field") {
      go(order[0]);
      return;
    }
    const { key } = chosen;
    if (moving) {
      work.act(t("forms:step_move", { name: nameOf(key) }), (old) => nudged(old, key, way));
      focusCell(key);
      return;
    }
    const at = spotOf(tabs, key);
    const across = at ? (tabs[at.tab]?.sections[at.section]?.columns ?? 1) : 1;
    const by = way === "left" ? -1 : way === "right" ? 1 : way === "up" ? -across : across;
    go(order[Math.max(0, Math.min(order.length - 1, order.indexOf(key) + by))]);
  }

  function show(problem: DesignProblem) {
    const key = tree && cellOfProblem(tree, problem);
    if (!tree || !key) {
      select({ what: "form" });
      return;
    }
    const at = spotOf(layoutOf(tree), key);
    if (at) setTab(at.tab);
    select({ what: "field", key });
    focusCell(key);
  }

  /** A change of one field, whatever its key has become. */
  function change(name: string, key: string, patch: Parameters<typeof changed>[2], place: string) {
    work.act(name, (old) => changed(old, naming.key(old, key), patch), place);
  }

  /** The keys of a sub-table's columns follow their names as well. */
  function namingOf(part: string): Naming {
    const known = columns.current.get(part);
    if (known) return known;
    const made = new Naming({
      now: () => drawn.current.now()?.parts?.[part] ?? null,
      amend: (change) => drawn.current.amend((old) => partChanged(old, part, change)),
      propose: proposeKey,
      rest: () => pause(REST_MS),
    });
    columns.current.set(part, made);
    return made;
  }

  return {
    tree,
    selected: chosen,
    select,
    tab,
    setTab,
    /** how many were added: the inspector of a new one begins with its name */
    fresh,
    isPublished,
    nameOf,
    namingOf,
    originOf: (key: string) => naming.origin(key),
    settled: async () => {
      await Promise.all([naming, ...columns.current.values()].map((one) => one.settled()));
    },
    add,
    rename,
    rekey,
    change,
    move,
    copy,
    paste,
    remove,
    arrow,
    show,
    focusLabel,
  };
}

/** The field or sub-table that a problem is about. */
export function cellOfProblem(tree: FormTree, problem: DesignProblem): string | undefined {
  const part = tree.parts?.[problem.key];
  return part ? backOf(part)?.reverse : fieldAt(tree, problem.path)?.field.key;
}
