/** A mapping while it is edited: which column, formula or record of the same row fills which field. */
import type { Field, Form } from "@/rooms/forms";
import type { MapField, Mapping, Target } from "./api";

export type Source =
  | { kind: "none" }
  | { kind: "column"; column: string }
  | { kind: "formula"; formula: string }
  | { kind: "from"; target: string };

export const nameOf = (target: Target) => target.name ?? target.form;

export function sourceOf(target: Target, field: string): Source {
  const item = target.fields.find((f) => f.field === field);
  if (item?.column !== undefined) return { kind: "column", column: item.column };
  if (item?.formula !== undefined) return { kind: "formula", formula: item.formula };
  if (item?.from !== undefined) return { kind: "from", target: item.from };
  return { kind: "none" };
}

/** The fields of this form that an import can fill in. */
export const fillable = (form: Form): Field[] => form.fields.filter((f) => f.kind !== "formula" && f.fill_in !== false);

const replace = (mapping: Mapping, at: number, target: Target): Mapping => ({
  ...mapping,
  targets: mapping.targets.map((t, i) => (i === at ? target : t)),
});

/** Fill a field from another source; a key whose field is no longer filled is dropped. */
export function setSource(
  mapping: Mapping,
  at: number,
  field: Field,
  source: Source,
  titleOfTo: string | null,
): Mapping {
  const target = mapping.targets[at];
  if (!target) return mapping;
  const rest = target.fields.filter((f) => f.field !== field.key);
  const item: MapField | null =
    source.kind === "none"
      ? null
      : source.kind === "column"
        ? {
            field: field.key,
            column: source.column,
            ...(field.kind === "relation" && titleOfTo ? { match: titleOfTo, create: false } : {}),
          }
        : source.kind === "formula"
          ? { field: field.key, formula: source.formula }
          : { field: field.key, from: source.target };
  const index = target.fields.findIndex((f) => f.field === field.key);
  const fields =
    item === null ? rest : index < 0 ? [...rest, item] : target.fields.map((f, i) => (i === index ? item : f));
  const { [field.key]: _dropped, ...sure } = target.sure ?? {};
  return replace(mapping, at, {
    ...target,
    fields,
    key: item === null ? target.key.filter((k) => k !== field.key) : target.key,
    sure,
  });
}

export function setItem(mapping: Mapping, at: number, field: string, change: Partial<MapField>): Mapping {
  const target = mapping.targets[at];
  if (!target) return mapping;
  return replace(mapping, at, {
    ...target,
    fields: target.fields.map((f) => (f.field === field ? { ...f, ...change } : f)),
  });
}

export const setTarget = (mapping: Mapping, at: number, change: Partial<Target>): Mapping => {
  const target = mapping.targets[at];
  return target ? replace(mapping, at, { ...target, ...change }) : mapping;
};

/** The same rows feed another form too: what is pointed at stands before what points. */
export function addTarget(mapping: Mapping, main: number, relation: Field, to: Form): Mapping {
  const target = mapping.targets[main];
  if (!target || !relation.to) return mapping;
  const old = target.fields.find((f) => f.field === relation.key);
  const title = to.title;
  const fields: MapField[] = title && old?.column !== undefined ? [{ field: title, column: old.column }] : [];
  const made: Target = { form: relation.to, key: title && fields.length ? [title] : [], mode: "upsert", fields };
  const pointing: Target = {
    ...target,
    fields: [...target.fields.filter((f) => f.field !== relation.key), { field: relation.key, from: relation.to }],
  };
  return {
    ...mapping,
    targets: [...mapping.targets.slice(0, main), made, pointing, ...mapping.targets.slice(main + 1)],
  };
}

/** The other form is left out again; what pointed at it is unfilled. */
export function removeTarget(mapping: Mapping, at: number): Mapping {
  const gone = mapping.targets[at];
  if (!gone) return mapping;
  return {
    ...mapping,
    targets: mapping.targets
      .filter((_, i) => i !== at)
      .map((t) => ({ ...t, fields: t.fields.filter((f) => f.from !== nameOf(gone)) })),
  };
}

/** Required fields that nothing fills; an update alone needs none. */
export function unfilled(target: Target, form: Form): Field[] {
  if (target.mode === "update") return [];
  return fillable(form).filter(
    (f) => f.required && !f.default && f.kind !== "auto_number" && !target.fields.some((x) => x.field === f.key),
  );
}

export function usedColumns(mapping: Mapping): Set<string> {
  const used = new Set<string>();
  for (const target of mapping.targets)
    for (const f of target.fields) {
      if (f.column !== undefined) used.add(f.column);
      for (const [, word] of (f.formula ?? "").matchAll(/\[([^\]]+)\]|([A-Za-z_\u4e00-\u9fff]\w*)/g))
        if (word) used.add(word);
    }
  return used;
}

/** `targets[1].fields[3].formula` -> target 1, its field's key */
export function place(path: string | null, mapping: Mapping): { target: number; field: string | null } | null {
  const m = /^targets\[(\d+)\](?:\.fields\[(\d+)\])?/.exec(path ?? "");
  if (!m?.[1]) return null;
  const target = Number(m[1]);
  const field = m[2] === undefined ? null : (mapping.targets[target]?.fields[Number(m[2])]?.field ?? null);
  return { target, field };
}

export type Sure = "sure" | "check" | "none";
export const sureness = (value: number | undefined): Sure =>
  value === undefined ? "none" : value >= 0.85 ? "sure" : "check";
