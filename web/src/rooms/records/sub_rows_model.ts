/** The rows of a record's sub-tables while they are edited, and what of them travels. Pure. */
import type { Form } from "@/rooms/forms";
import type { Fault, Row } from "./api";
import { changed, toSend, type Values } from "./record_model";

export interface EditedRow {
  /** tells rows apart on the screen */
  key: string;
  id: number | null;
  version: number;
  base: Values;
  edits: Values;
  gone: boolean;
}
/** collection -> its rows */
export type EditedRows = Readonly<Record<string, readonly EditedRow[]>>;
export interface SentRows {
  create: Values[];
  update: { id: number; version: number; values: Values }[];
  delete: { id: number; version: number }[];
}

export const stored = ({ id, version, ...values }: Row): EditedRow => ({
  key: `#${id}`,
  id,
  version: version ?? 0,
  base: values as Values,
  edits: {},
  gone: false,
});
export const added = (key: string): EditedRow => ({ key, id: null, version: 0, base: {}, edits: {}, gone: false });

const acts = (rows: readonly EditedRow[]) => ({
  create: rows.filter((r) => r.id === null && !r.gone),
  update: rows.filter((r) => r.id !== null && !r.gone && Object.keys(changed(r.base, r.edits)).length > 0),
  delete: rows.filter((r) => r.id !== null && r.gone),
});

/** What to send; undefined when nothing changed. */
export function sentRows(all: EditedRows, formOf: (collection: string) => Form | undefined) {
  const out: Record<string, SentRows> = {};
  for (const [collection, rows] of Object.entries(all)) {
    const form = formOf(collection);
    const { create, update, delete: gone } = acts(rows);
    if (!form || create.length + update.length + gone.length === 0) continue;
    out[collection] = {
      create: create.map((r) => toSend(form, r.edits)),
      update: update.map((r) => ({
        id: r.id ?? 0,
        version: r.version,
        values: toSend(form, changed(r.base, r.edits)),
      })),
      delete: gone.map((r) => ({ id: r.id ?? 0, version: r.version })),
    };
  }
  return Object.keys(out).length ? out : undefined;
}

export const countRows = (sent: Record<string, SentRows> | undefined): number =>
  Object.values(sent ?? {}).reduce((n, one) => n + one.create.length + one.update.length + one.delete.length, 0);

/** `items.create[0].amount`: the fault of one cell, which row it is known by what was sent. */
export function faultAt(all: EditedRows, collection: string, key: string, field: string, faults: readonly Fault[]) {
  const done = acts(all[collection] ?? []);
  return faults.find((fault) => {
    const [, act, at, where] = /^\w+\.(create|update)\[(\d+)\]\.(?:values\.)?(\w+)$/.exec(fault.field ?? "") ?? [];
    const ours = fault.field?.startsWith(`${collection}.`) && where === field;
    return ours && done[act as "create" | "update"][Number(at)]?.key === key;
  });
}
