import { DndContext, type DragEndEvent, DragOverlay, pointerWithin, useSensor, useSensors } from "@dnd-kit/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type InputRef, Select } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { format, Icon, useKeys, usePhone } from "@/kit";
import { Designer, definitionsQuery, draftsQuery, useDraft } from "@/rooms/design";
import { countQuery } from "@/rooms/records";
import { Cell, titleOf } from "@/rooms/records/cell";
import { formsQuery, useForm, useForms, useLabel } from "./api";
import { Canvas, spotFrom } from "./canvas";
import { FormInspector, SectionInspector, WordsInspector } from "./form_inspector";
import { type FormTree, fieldOf, put } from "./form_tree";
import { elsewhere, Hand, useClipboard } from "./hands";
import { FieldInspector } from "./inspector";
import { ICONS, type Piece } from "./kinds";
import { Palette } from "./palette";
import { restored } from "./restored";
import { SubTableInspector } from "./sub_table_inspector";
import { join, partAt, split } from "./sub_tables";
import { cellOfProblem, useDrawing } from "./use_drawing";
import { useSample } from "./use_sample";
import "./forms.css";

/** A form, drawn: palette, the form itself with a real record in it, and what the selected part is. */
export function FormDesignerPage() {
  const { key = "" } = useParams();
  return <FormDesigner key={key} form={key} />;
}

function FormDesigner({ form }: { form: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const phone = usePhone();
  const published = useForm(form);
  const client = useQueryClient();
  const work = useDraft<FormTree>("form", form, {
    find: async () => {
      const [known, drafts] = await Promise.all([client.fetchQuery(formsQuery), client.fetchQuery(draftsQuery)]);
      const drawn = drafts.filter((d) => d.kind === "form" && ((d.tree ?? d.base) as FormTree | null)?.within === form);
      return [...new Set([...known.filter((f) => f.within === form), ...drawn].map((one) => one.key))];
    },
    join,
    split,
  });
  const head = useQuery(definitionsQuery("form")).data?.find((d) => d.key === form);
  const others = (useQuery(draftsQuery).data ?? []).some((d) => !work.ids.includes(d.id));
  const drawing = useDrawing(work);
  const { tree, selected, select, nameOf } = drawing;
  const [dragged, setDragged] = useState<{ piece?: Piece; key?: string } | null>(null);
  const search = useRef<InputRef>(null);
  const sensors = useSensors(useSensor(Hand, { activationConstraint: { distance: 6 } }));

  const { rows, row, sample, choose } = useSample(form, published);

  const findKind = () => search.current?.focus();
  useKeys(
    phone
      ? {}
      : {
          n: findKind,
          "/": findKind,
          ArrowLeft: () => elsewhere() || drawing.arrow("left", false),
          ArrowRight: () => elsewhere() || drawing.arrow("right", false),
          ArrowUp: () => elsewhere() || drawing.arrow("up", false),
          ArrowDown: () => elsewhere() || drawing.arrow("down", false),
          "alt+ArrowLeft": () => elsewhere() || drawing.arrow("left", true),
          "alt+ArrowRight": () => elsewhere() || drawing.arrow("right", true),
          "alt+ArrowUp": () => elsewhere() || drawing.arrow("up", true),
          "alt+ArrowDown": () => elsewhere() || drawing.arrow("down", true),
          Delete: () => elsewhere() || drawing.remove(selected),
          Backspace: () => elsewhere() || drawing.remove(selected),
          Enter: () => elsewhere() || drawing.focusLabel(),
          Escape: () => select({ what: "form" }),
        },
  );
  useClipboard(() => {
    if (!phone && selected.what === "field") drawing.copy(selected.key);
  }, drawing.paste);

  function dropped(event: DragEndEvent) {
    setDragged(null);
    const to = event.over ? spotFrom(String(event.over.id)) : null;
    if (!to) return;
    const { piece, key } = (event.active.data.current ?? {}) as { piece?: Piece; key?: string };
    if (piece) drawing.add(piece, to);
    else if (key) drawing.move(key, to);
  }

  const wrong = new Map<string, "error" | "hint">();
  for (const p of work.problems) {
    const key = tree && cellOfProblem(tree, p);
    if (key && wrong.get(key) !== "error") wrong.set(key, p.severity);
  }
  const field = tree && selected.what === "field" ? fieldOf(tree, selected.key) : undefined;
  const part = tree && selected.what === "field" ? partAt(tree, selected.key) : undefined;
  const counting = useQuery({ ...countQuery(form, { filter: "", search: "" }), enabled: published !== undefined }).data;
  /** As people call a field, drawn or in force. */
  const fieldName = (at: string, key: string) => {
    const known =
      at === form ? (tree && fieldOf(tree, key)) || (work.current && fieldOf(work.current, key)) : undefined;
    return label(known ?? forms.find((f) => f.key === at)?.fields.find((f) => f.key === key) ?? {}) || key;
  };
  const keeps = (at: string, key: string) => {
    const { current } = work;
    if (at !== form || !current || !fieldOf(current, key)) return null;
    const name = label(fieldOf(current, key) ?? {}) || key;
    return { name, act: () => work.act(t("forms:step_keep", { name }), (old) => restored(old, current, key)) };
  };
  const acts = {
    act: work.act,
    change: drawing.change,
    rename: drawing.rename,
    rekey: drawing.rekey,
  };
  const canvasActs = {
    select,
    copy: (key: string) => {
      drawing.copy(key);
      drawing.paste();
    },
    remove: drawing.remove,
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
        settle={drawing.settled}
        keeps={keeps}
        fieldName={fieldName}
        counted={counting && t("forms:records_n", { count: counting.count, noun: published?.noun })}
        facts={
          !phone && rows.length > 0 && published ? (
            <Select
              size="small"
              className="designer-sample"
              prefix={<span className="grey small">{t("forms:sample_short")}</span>}
              aria-label={t("forms:sample")}
              value={row?.id ?? null}
              options={rows.map((r) => ({ value: r.id, label: titleOf(published, r) }))}
              onChange={choose}
            />
          ) : undefined
        }
        palette={<Palette onAdd={(piece) => drawing.add(piece)} search={search} />}
        canvas={
          tree && (
            <>
              <Canvas
                tree={tree}
                current={work.current}
                tab={drawing.tab}
                onTab={drawing.setTab}
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
              key={`${field.kind}${drawing.fresh}`}
              tree={tree}
              field={field}
              origin={drawing.originOf(field.key)}
              published={drawing.isPublished(field.key)}
              problems={work.problems}
              sample={sample}
              acts={acts}
            />
          ) : part ? (
            <SubTableInspector
              key={`${part.form}${drawing.fresh}`}
              part={part}
              current={work.current?.parts?.[part.form]}
              problems={work.problems.filter((p) => p.key === part.form)}
              act={work.act}
              naming={drawing.namingOf(part.form)}
            />
          ) : selected.what === "section" ? (
            <SectionInspector tree={tree} at={selected.at} acts={acts} />
          ) : selected.what === "words" ? (
            <WordsInspector tree={tree} at={selected.at} acts={acts} />
          ) : (
            <FormInspector tree={tree} acts={acts} sample={sample} problems={work.problems} tab={drawing.tab} />
          ))
        }
        onProblem={drawing.show}
        onFix={(p) => {
          const fix = p.fix;
          if (fix) work.act(t("forms:step_fix"), (old) => put(old, fix.path.replace(`${form}.`, ""), fix.value));
        }}
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
