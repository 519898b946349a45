import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, Problem } from "@/api";
import { FieldError, Icon, Moment, Notice, toast, useKeys, useProblemText } from "@/kit";
import { type Field, type Form, layoutOf, useForms, useLabel } from "@/rooms/forms";
import { AlikeHint } from "@/rooms/merge";
import { useMe } from "@/rooms/people";
import { Overtaken } from "@/rooms/together";
import { createRecord, type Fault, type Preview, preview, type RecordAnswer, updateRecord, type Value } from "./api";
import { Cell } from "./cell";
import { ConflictSheet } from "./conflict";
import { FieldInput } from "./inputs";
import { LaidOut, tabOf } from "./laid_out";
import { PlanChangeNote } from "./plan_change";
import {
  changed,
  dropDraft,
  givenAt,
  type Kept,
  keepDraft,
  keptDraft,
  missing,
  readStale,
  type Stale,
  toSend,
  type Values,
  writable,
} from "./record_model";
import { SubRows } from "./sub_rows";
import { countRows, type EditedRows, sentRows } from "./sub_rows_model";
import "./editor.css";
import "./record.css";

const PREVIEW_AFTER_MS = 250;

/** Fills in a new record or changes an existing one; computed fields follow live, errors stand at their fields. */
export function Editor({
  form,
  record: current,
  given,
  draft = null,
  focus,
  onDone,
  onCancel,
}: {
  form: Form;
  record: RecordAnswer | null;
  /** what a new record starts with, for example the customer it is added to */
  given?: Values;
  /** what was typed before and not saved */
  draft?: Kept | null;
  focus?: string | null;
  onDone: (id: number) => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { account } = useMe();
  // what the edit began from: a colleague's save in the meantime becomes a question, never a lost text
  const [record] = useState(current);
  const id = record?.id ?? null;
  const at = record ? "" : givenAt(given);
  const of = useMemo(() => ({ account, form: form.key, id, at }), [account, form.key, id, at]);
  const base = useMemo<Values>(() => record?.values ?? {}, [record]);
  const [edits, setEdits] = useState<Values>(draft ? draft.edits : (given ?? {}));
  const [version, setVersion] = useState(draft?.version ?? record?.version ?? 0);
  const [live, setLive] = useState<Preview | null>(null);
  const [refused, setRefused] = useState<Fault[]>([]);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [stale, setStale] = useState<Stale | null>(null);
  const [done, setDone] = useState(false);
  const [newPlan, setNewPlan] = useState(false);
  const [kept, setKept] = useState(() => (draft ? null : keptDraft(of)));
  const [tab, setTab] = useState(0);
  const [rows, setRows] = useState<EditedRows>({});
  const body = useRef<HTMLFormElement>(null);

  const behaves = form.fields.some((f) => f.visible_when || f.required_when || f.read_only_when);
  const fields = writable(form, record).filter((f) => live?.behaviour[f.key]?.visible !== false);
  const computed = form.fields.filter((f) => f.kind === "formula");
  const values = { ...base, ...edits };
  const diff = record ? changed(base, edits) : edits;
  const forms = useForms();
  const subTables = form.collections.filter((c) => c.sub_table);
  const edited = sentRows(rows, (key) => forms.find((f) => f.key === subTables.find((c) => c.key === key)?.form));
  const dirty = edited !== undefined || Object.keys(record ? diff : changed(given ?? {}, edits)).length > 0;
  const sent = JSON.stringify(toSend(form, diff));

  // computed fields and errors of what stands on the screen, by the server's own SQL
  useEffect(() => {
    if (record && sent === "{}" && !behaves) {
      setLive(null);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      preview(form.key, id, JSON.parse(sent) as Values, stop.signal)
        .then(setLive)
        .catch(() => undefined); // a preview may fail; saving tells why
    }, PREVIEW_AFTER_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [sent, form.key, id, record, behaves]);

  // what is typed survives a closed window, also one closed while typing
  const unsaved = useRef<(() => void) | null>(null);
  unsaved.current = dirty && !done ? () => keepDraft(of, version, edits) : null;
  useEffect(() => {
    if (!dirty || done) return;
    const timer = setTimeout(() => keepDraft(of, version, edits), 600);
    return () => clearTimeout(timer);
  }, [edits, dirty, done, of, version]);
  useEffect(() => {
    const keep = () => unsaved.current?.();
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, where the edit begins
  useEffect(() => {
    if (focus) turnTo(focus);
    else body.current?.querySelector<HTMLElement>("input, textarea")?.focus();
  }, [focus]);

  const save = useMutation({
    mutationFn: async ({ values, version }: { values: Values; version: number }) => {
      const out = toSend(form, values);
      if (record) {
        if (Object.keys(out).length || edited) await updateRecord(form.key, record.id, version, out, edited);
        return record.id;
      }
      return (await createRecord(form.key, out, edited)).id;
    },
    onSuccess: async (saved) => {
      unsaved.current = null;
      setDone(true);
      dropDraft(of);
      setStale(null);
      await client.invalidateQueries({ queryKey: ["records"] });
      void client.invalidateQueries({ queryKey: keys.allTasks });
      toast({ text: t("saved") });
      onDone(saved);
    },
    onError: (error) => {
      if (error instanceof Problem && error.status === 409 && error.facts.fields) {
        setStale(readStale(error.facts));
        return;
      }
      const faults = faultsOf(error, problemText(error));
      setRefused(faults);
      const first = faults.find((f) => f.field)?.field;
      if (first) turnTo(first);
    },
  });

  /** To a field, on whatever tab it stands. */
  function turnTo(path: string) {
    const key = path.replace(/^values\./, "");
    if (form.layout?.length) setTab(Math.max(0, tabOf({ form, fields }, key)));
    setTimeout(() => document.getElementById(`field-${key}`)?.focus());
  }

  function set(key: string, value: Value) {
    setEdits({ ...edits, [key]: value });
    setTouched(new Set(touched).add(key));
    if (refused.length) setRefused(refused.filter((f) => f.field !== key));
  }
  function submit() {
    const blank = missing(fields, values);
    if (blank.length) {
      setRefused(
        blank.map((key) => ({
          field: key,
          code: "required",
          text: t("records:fill_in", { label: label(form.fields.find((f) => f.key === key) ?? {}) }),
        })),
      );
      if (blank[0]) turnTo(blank[0]);
      return;
    }
    setRefused([]);
    save.mutate({ values: diff, version });
  }
  useKeys({ "mod+Enter": submit, "mod+s": submit, Escape: onCancel });

  // while typing, only errors of fields that were touched; after saving was tried, all
  const faults = [...refused, ...(live?.errors ?? []).filter((f) => f.field && touched.has(f.field))];
  const faultOf = (key: string) => faults.find((f) => f.field === key || f.field === `values.${key}`);
  const general = refused.filter(
    (f) =>
      !f.field ||
      !(
        fields.some((x) => x.key === f.field || f.field === `values.${x.key}`) ||
        subTables.some((c) => new RegExp(`^${c.key}\\.(create|update)\\[\\d+\\]\\.`).test(f.field ?? ""))
      ),
  );

  const input = (f: Field) => {
    const fault = faultOf(f.key);
    const shown = edits[f.key] !== undefined ? edits[f.key] : base[f.key];
    const offered = live?.defaults[f.key];
    const state = live?.behaviour[f.key];
    return (
      <div className="labelled">
        <label htmlFor={`field-${f.key}`}>
          {label(f)}
          {(f.required || state?.required) && <span className="bad"> *</span>}
          {f.note && <span className="grey small"> {f.note}</span>}
        </label>
        {state?.read_only ? (
          <span className="row editor-fixed">
            <Cell field={f} value={shown} />
            <Icon name="lock" size={13} />
            <span className="sr">{t("records:fixed_now")}</span>
          </span>
        ) : (
          <FieldInput
            id={`field-${f.key}`}
            field={f}
            value={shown}
            wrong={fault !== undefined}
            describedBy={fault ? `fault-${f.key}` : undefined}
            onChange={(v) => set(f.key, v)}
          />
        )}
        {fault ? (
          <FieldError id={`fault-${f.key}`}>{fault.text}</FieldError>
        ) : (
          !record &&
          offered !== undefined &&
          offered !== null &&
          (edits[f.key] === undefined || edits[f.key] === null) && (
            <p className="grey small row" style={{ gap: 4 }}>
              {t("records:by_default")} <Cell field={f} value={offered} />
            </p>
          )
        )}
      </div>
    );
  };
  const subTable = (key: string) => {
    const collection = subTables.find((c) => c.key === key);
    return (
      collection && (
        <SubRows
          key={key}
          form={form}
          record={record}
          collection={collection}
          all={rows}
          faults={refused}
          onChange={(some) => setRows((now) => ({ ...now, [key]: some }))}
        />
      )
    );
  };
  const placed = new Set(layoutOf(form).flatMap((one) => one.sections.flatMap((s) => s.cells.map((c) => c.sub_table))));
  const marks = (keys: string[]) => keys.filter((key) => faultOf(key)).length;

  return (
    <form
      ref={body}
      className="editor"
      noValidate
      onKeyDown={(e) => {
        // Enter in a calendar chooses the day; it does not save
        if (e.key === "Enter" && (e.target as HTMLElement).closest(".ant-picker")) e.preventDefault();
      }}
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <div className="editor-body">
        {record && current && <Overtaken form={form} base={record} now={current} />}
        {kept && !dirty && (
          <Notice
            tone="info"
            icon="history"
            action={
              <span className="row">
                <Button
                  size="small"
                  onClick={() => {
                    setEdits({ ...edits, ...kept.edits });
                    if (record && kept.version !== null) setVersion(kept.version);
                    setKept(null);
                  }}
                >
                  {t("records:restore_draft")}
                </Button>
                <Button
                  size="small"
                  type="text"
                  onClick={() => {
                    dropDraft(of);
                    setKept(null);
                  }}
                >
                  {t("records:drop_draft")}
                </Button>
              </span>
            }
          >
            {t("records:draft_kept")} <Moment value={kept.at} />
          </Notice>
        )}
        {!record && <AlikeHint form={form} values={edits} />}
        {general.map((f, i) => (
          <Notice key={i} tone="urgent" icon="bang">
            {f.text}
          </Notice>
        ))}
        {form.layout?.length ? (
          <LaidOut
            form={form}
            fields={fields}
            field={input}
            subTable={subTable}
            tab={tab}
            onTab={setTab}
            marks={marks}
          />
        ) : (
          <div className="editor-grid">
            {fields.map((f) => (
              <div key={f.key} className={f.kind === "long_text" ? "wide" : undefined}>
                {input(f)}
              </div>
            ))}
          </div>
        )}
        {subTables.filter((c) => !placed.has(c.key)).map((c) => subTable(c.key))}
        {record && Object.keys(diff).length > 0 && (
          <PlanChangeNote
            form={form}
            id={record.id}
            version={version}
            values={toSend(form, diff)}
            onFound={setNewPlan}
          />
        )}
        {computed.length > 0 && (record || live) && (
          <section className="computed" aria-live="polite">
            <h3>{t("records:computed")}</h3>
            <dl className="facts">
              {computed.map((f) => {
                const value = live?.computed[f.key] !== undefined ? live.computed[f.key] : base[f.key];
                const moved = live !== null && record !== null && JSON.stringify(value) !== JSON.stringify(base[f.key]);
                return (
                  <div key={f.key} className={moved ? "moved" : undefined}>
                    <dt>{label(f)}</dt>
                    <dd>
                      <Cell field={f} value={value} />
                    </dd>
                  </div>
                );
              })}
            </dl>
          </section>
        )}
      </div>
      <div className="editor-foot">
        <span className="grey spread cut">
          {dirty && record ? t("records:changed_n", { count: Object.keys(diff).length + countRows(edited) }) : ""}
        </span>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        <Button type="primary" htmlType="submit" loading={save.isPending} disabled={record !== null && !dirty}>
          {record ? t(newPlan ? "records:save_plan" : "save") : t("records:create")}
        </Button>
      </div>
      {stale && (
        <ConflictSheet
          form={form}
          stale={stale}
          mine={diff}
          saving={save.isPending}
          onClose={() => setStale(null)}
          onMerge={(out) => {
            setVersion(stale.version);
            save.mutate({ values: out, version: stale.version });
          }}
        />
      )}
    </form>
  );
}

/** A refusal as faults at fields. */
function faultsOf(error: unknown, text: string): Fault[] {
  if (!(error instanceof Problem)) return [{ field: null, code: "", text }];
  const many = error.facts.errors;
  if (Array.isArray(many) && many.length) return many as Fault[];
  return [{ field: error.path, code: error.code, text }];
}
