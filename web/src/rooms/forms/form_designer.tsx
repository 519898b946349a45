import {
  DndContext,
  type DragEndEvent,
  DragOverlay,
  PointerSensor,
  pointerWithin,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import { useQuery } from "@tanstack/react-query";
import { type InputRef, Select } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { format, Icon, useKeys, usePhone } from "@/kit";
import { Designer, type DesignProblem, definitionsQuery, draftsQuery, useDraft } from "@/rooms/design";
import { proposeKey } from "@/rooms/design/api";
import { Cell, titleOf } from "@/rooms/records/cell";
import { useForm, useForms, useLabel } from "./api";
import { Canvas, type Selected, spotFrom } from "./canvas";
import { FormInspector, SectionInspector, WordsInspector } from "./form_inspector";
import {
  added,
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
  put,
  rekeyed,
  type Spot,
  spotOf,
  without,
} from "./form_tree";
import { elsewhere, focusCell, focusLabel, pause, useClipboard } from "./hands";
import { FieldInspector } from "./inspector";
import { ICONS, type Piece } from "./kinds";
import { Palette } from "./palette";
import { fieldFor } from "./pieces";
import { useSample } from "./use_sample";
import "./forms.css";

let clipboard: FieldTree | null = null;

/** A form, drawn: palette, the form itself with a real record in it, and what the selected part is. */
export function FormDesignerPage() {
  const { key = "" } = useParams();
  return <FormDesigner key={key} form={key} />;
}

function FormDesigner({ form }: { form: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const forms = useForms();
  const published = useForm(form);
  const work = useDraft<FormTree>("form", form);
  const head = useQuery(definitionsQuery("form")).data?.find((d) => d.key === form);
  const others = (useQuery(draftsQuery).data ?? []).some((d) => d.id !== work.id);
  const [selected, setSelected] = useState<Selected>({ what: "form" });
  const [tab, setTab] = useState(0);
  const [dragged, setDragged] = useState<{ piece?: Piece; key?: string } | null>(null);
  const chosenKeys = useRef(new Set<string>());
  const asked = useRef(new Map<string, number>());
  const pending = useRef(new Set<Promise<void>>());
  const search = useRef<InputRef>(null);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 6 } }));
  const tree = work.steps?.now ?? null;

  const { rows, row, sample, choose } = useSample(form, published);

  const isPublished = (field: string) => work.current?.fields.some((f) => f.key === field) ?? false;
  const nameOf = (field: string) => label((tree && fieldOf(tree, field)) ?? {}) || field;

  function spotForNew(now: FormTree): Spot {
    const tabs = layoutOf(now);
    const at = Math.min(tab, tabs.length - 1);
    const here = selected.what === "field" ? spotOf(tabs, selected.key) : null;
    if (here) return { ...here, cell: here.cell + 1 };
    if (selected.what === "section") {
      const section = tabs[selected.at.tab]?.sections[selected.at.section];
      if (section) return { ...selected.at, cell: section.cells.length };
    }
    return lastSpot(tabs, at);
  }

  function add(piece: Piece, where?: Spot) {
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
      setSelected({ what: "form" });
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
      setSelected({ what: "section", at: { tab: at.tab, section: count, cell: 0 } });
      return;
    }
    if (piece === "words") {
      work.act(name, (old) =>
        laidOut(old, (tabs) => {
          tabs[at.tab]?.sections[at.section]?.cells.splice(at.cell, 0, { text: t("forms:words_fresh"), span: 1 });
        }),
      );
      setSelected({ what: "words", at });
      return;
    }
    const field = fieldFor(tree, piece, (k) => t(`forms:${k}`), forms);
    work.act(name, (old) => added(old, field, at));
    setSelected({ what: "field", key: field.key });
    focusLabel();
  }

  function rename(key: string, text: string) {
    const place = `${key}.label`;
    work.act(t("forms:step_rename", { name: nameOf(key) }), (old) => changed(old, key, { label: text }), place);
    if (isPublished(key) || chosenKeys.current.has(key) || !text.trim() || !tree) return;
    const turn = (asked.current.get(key) ?? 0) + 1;
    asked.current.set(key, turn);
    const taken = tree.fields.map((f) => f.key).filter((k) => k !== key);
    const isNewest = () => turn === asked.current.get(key);
    const proposing = pause(350)
      .then(() => (isNewest() ? proposeKey(text, taken) : key))
      .then((proposed) => (isNewest() && proposed !== key ? rekey(key, proposed, false) : undefined))
      .catch(() => undefined)
      .finally(() => pending.current.delete(proposing));
    pending.current.add(proposing);
  }

  function rekey(before: string, after: string, chosen = true) {
    if (before === after) return;
    const change = (old: FormTree) =>
      fieldOf(old, after) || !fieldOf(old, before) ? old : rekeyed(old, before, after);
    if (chosen) work.act(t("forms:step_change", { name: nameOf(before), what: t("forms:attribute_key") }), change);
    else work.amend(change);
    if (chosen) chosenKeys.current.add(after);
    setSelected((was) => (was.what === "field" && was.key === before ? { what: "field", key: after } : was));
  }

  function copy(key: string) {
    const field = tree && fieldOf(tree, key);
    if (field) clipboard = field;
  }
  function paste() {
    if (!tree || !clipboard) return;
    const field = { ...clipboard, key: freeKey(tree, clipboard.key) };
    const { reverse: _, ...kept } = field;
    work.act(t("forms:step_add", { name: label(field) }), (old) => added(old, kept, spotForNew(old)));
    setSelected({ what: "field", key: field.key });
    focusCell(field.key);
  }
  function remove(what: Selected) {
    if (!tree) return;
    if (what.what === "field") {
      const tabs = layoutOf(tree);
      const at = spotOf(tabs, what.key);
      const cells = at ? (tabs[at.tab]?.sections[at.section]?.cells ?? []) : [];
      const next = at ? (cells[at.cell + 1] ?? cells[at.cell - 1]) : undefined;
      work.act(t("forms:step_remove", { name: nameOf(what.key) }), (old) => without(old, what.key));
      setSelected(next?.field ? { what: "field", key: next.field } : { what: "form" });
      if (next?.field) focusCell(next.field);
    } else if (what.what === "words") {
      const { at } = what;
      work.act(t("forms:step_remove", { name: t("forms:kind_words") }), (old) =>
        laidOut(old, (tabs) => {
          tabs[at.tab]?.sections[at.section]?.cells.splice(at.cell, 1);
        }),
      );
      setSelected({ what: "form" });
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
      setSelected({ what: "form" });
    }
  }

  function arrow(way: "left" | "right" | "up" | "down", move: boolean) {
    if (!tree) return;
    const tabs = layoutOf(tree);
    const order = (tabs[Math.min(tab, tabs.length - 1)]?.sections ?? []).flatMap((s) =>
      s.cells.flatMap((c) => (c.field ? [c.field] : [])),
    );
    if (selected.what !== "field") {
      const first = order[0];
      if (first) {
        setSelected({ what: "field", key: first });
        focusCell(first);
      }
      return;
    }
    if (move) {
      work.act(t("forms:step_move", { name: nameOf(selected.key) }), (old) => nudged(old, selected.key, way));
      focusCell(selected.key);
      return;
    }
    const at = spotOf(tabs, selected.key);
    const across = at ? (tabs[at.tab]?.sections[at.section]?.columns ?? 1) : 1;
    const by = way === "left" ? -1 : way === "right" ? 1 : way === "up" ? -across : across;
    const next = order[Math.max(0, Math.min(order.length - 1, order.indexOf(selected.key) + by))];
    if (next) {
      setSelected({ what: "field", key: next });
      focusCell(next);
    }
  }

  const findKind = () => search.current?.focus();
  useKeys(
    phone
      ? {}
      : {
          n: findKind,
          "/": findKind,
          ArrowLeft: () => elsewhere() || arrow("left", false),
          ArrowRight: () => elsewhere() || arrow("right", false),
          ArrowUp: () => elsewhere() || arrow("up", false),
          ArrowDown: () => elsewhere() || arrow("down", false),
          "alt+ArrowLeft": () => elsewhere() || arrow("left", true),
          "alt+ArrowRight": () => elsewhere() || arrow("right", true),
          "alt+ArrowUp": () => elsewhere() || arrow("up", true),
          "alt+ArrowDown": () => elsewhere() || arrow("down", true),
          Delete: () => elsewhere() || remove(selected),
          Backspace: () => elsewhere() || remove(selected),
          Enter: () => elsewhere() || focusLabel(),
          Escape: () => setSelected({ what: "form" }),
        },
  );
  useClipboard(() => {
    if (!phone && selected.what === "field") copy(selected.key);
  }, paste);

  function dropped(event: DragEndEvent) {
    setDragged(null);
    const to = event.over ? spotFrom(String(event.over.id)) : null;
    if (!to) return;
    const { piece, key } = (event.active.data.current ?? {}) as { piece?: Piece; key?: string };
    if (piece) add(piece, to);
    else if (key) work.act(t("forms:step_move", { name: nameOf(key) }), (old) => moved(old, key, to));
  }

  function show(problem: DesignProblem) {
    const hit = tree && fieldAt(tree, problem.path);
    if (!tree || !hit) {
      setSelected({ what: "form" });
      return;
    }
    const at = spotOf(layoutOf(tree), hit.field.key);
    if (at) setTab(at.tab);
    setSelected({ what: "field", key: hit.field.key });
    focusCell(hit.field.key);
  }

  const wrong = new Map<string, "error" | "hint">();
  for (const p of work.problems) {
    const hit = tree && fieldAt(tree, p.path);
    if (hit && wrong.get(hit.field.key) !== "error") wrong.set(hit.field.key, p.severity);
  }
  const field = tree && selected.what === "field" ? fieldOf(tree, selected.key) : undefined;
  const acts = {
    act: (name: string, change: (old: FormTree) => FormTree, place?: string) => work.act(name, change, place),
    rename,
    rekey,
  };
  const canvasActs = {
    select: setSelected,
    copy: (key: string) => {
      copy(key);
      paste();
    },
    remove,
  };

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={pointerWithin}
      onDragStart={(e) => setDragged((e.active.data.current ?? {}) as { piece?: Piece; key?: string })}
      onDragEnd={dropped}
      onDragCancel={() => setDragged(null)}
    >
      <Designer
        work={work}
        name={tree ? label(tree) : form}
        backTo="/design/forms"
        number={head?.number ?? 0}
        othersWait={others}
        settle={() => Promise.all(pending.current).then(() => pause(60))}
        facts={
          !phone && rows.length > 0 && published ? (
            <Select
              size="small"
              className="designer-sample"
              aria-label={t("forms:sample")}
              value={row?.id ?? null}
              options={rows.map((r) => ({ value: r.id, label: titleOf(published, r) }))}
              onChange={choose}
            />
          ) : undefined
        }
        palette={<Palette onAdd={(piece) => add(piece)} search={search} />}
        canvas={
          tree && (
            <>
              <Canvas
                tree={tree}
                current={work.current}
                tab={tab}
                onTab={setTab}
                selected={selected}
                acts={canvasActs}
                wrong={wrong}
                label={label}
                still={phone}
                value={(one) => {
                  const known = published?.fields.find((f) => f.key === one.key && f.kind === one.kind);
                  if (!known || !row) return <span className="grey">{one.note ?? format.BLANK}</span>;
                  return <Cell field={known} value={row[one.key]} row={row} />;
                }}
              />
              {!phone && <p className="grey small canvas-keys">{t("forms:keys_line")}</p>}
            </>
          )
        }
        inspector={
          tree &&
          (field ? (
            <FieldInspector
              key={field.kind}
              tree={tree}
              field={field}
              published={isPublished(field.key)}
              problems={work.problems}
              sample={sample}
              acts={acts}
            />
          ) : selected.what === "section" ? (
            <SectionInspector tree={tree} at={selected.at} acts={acts} />
          ) : selected.what === "words" ? (
            <WordsInspector tree={tree} at={selected.at} acts={acts} />
          ) : (
            <FormInspector tree={tree} acts={acts} sample={sample} problems={work.problems} tab={tab} />
          ))
        }
        onProblem={show}
        onFix={(p) => {
          const fix = p.fix;
          if (fix) work.act(t("forms:step_fix"), (old) => put(old, fix.path.replace(`${form}.`, ""), fix.value));
        }}
        onPublished={() => chosenKeys.current.clear()}
      />
      <DragOverlay dropAnimation={null}>
        {dragged && (
          <span className="palette-piece palette-flying">
            <Icon name={dragged.piece ? ICONS[dragged.piece] : "edit"} size={15} />
            {dragged.piece ? t(`forms:kind_${dragged.piece}`) : nameOf(dragged.key ?? "")}
          </span>
        )}
      </DragOverlay>
    </DndContext>
  );
}
