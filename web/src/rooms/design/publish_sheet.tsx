import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Input } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Fetched, FieldError, Icon, toast, useProblemText } from "@/kit";
import { draftsQuery, planQuery, publish } from "./api";
import { seconds } from "./moment";
import { Operations, Uses } from "./plan_view";
import { changesOf, waits } from "./plan_words";
import { freshen, useTakeBack } from "./take_back";

/** Problems that stand elsewhere on the sheet: under what depends on it, or in the line of the change. */
const SAID = ["apps.breaks", "apps.loses", "apps.short"];

/** What a designer itself tells of its definition: every change, what becomes of what runs, both versions beside. */
export interface SheetParts {
  /** how many lines `changes` are */
  count: number;
  changes: ReactNode;
  running: ReactNode;
  /** what becomes of what it would have concerned before */
  backlog?: ReactNode;
  /** the button's words, and what it opens */
  compare: { label: string; act: () => void };
}

/** Before it holds for everybody: what changes, what depends on it, what runs, and a note. */
export function PublishSheet({
  drafts,
  name,
  fieldName,
  onKeep,
  told: parts,
  onClose,
  onPublished,
}: {
  /** those that belong together */
  drafts: number[];
  name: string;
  fieldName?: ((form: string, field: string) => string) | undefined;
  /** leave a field as it is published, and keep that */
  onKeep?: ((form: string, field: string) => Promise<unknown>) | undefined;
  told?: SheetParts | undefined;
  onClose: () => void;
  onPublished: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const takeBack = useTakeBack();
  const [note, setNote] = useState("");
  const [besides, setBesides] = useState<number[]>([]);
  const others = (useQuery(draftsQuery).data ?? []).filter((d) => !drafts.includes(d.id));
  const ids = [...drafts, ...besides];
  const plan = useQuery({ ...planQuery(ids, "sheet"), gcTime: 0 });
  const found = plan.data;
  const mine = found?.steps.find((s) => s.label === name) ?? found?.steps[0];
  const errors = found?.problems.filter((p) => p.severity === "error") ?? [];
  const hints = found?.problems.filter((p) => p.severity === "hint") ?? [];
  const told = [...errors, ...hints].filter((p) => !SAID.includes(p.code));
  const first = errors[0];
  const go = useMutation({
    mutationFn: () => publish(ids, note.trim(), found),
    onSuccess: (done) => {
      void freshen(client);
      toast({
        text: t("design:published", { n: mine?.number ?? done.id }),
        undo: () => takeBack(done.id, onPublished),
      });
      onPublished();
    },
    onError: () => void plan.refetch(),
  });
  const keep =
    onKeep &&
    (async (form: string, field: string) => {
      await onKeep(form, field);
      await plan.refetch();
    });
  return (
    <Drawer
      open
      size={760}
      onClose={onClose}
      closable={false}
      className="publish-sheet"
      title={
        <div className="side-head">
          <div className="spread">
            <h2>{t("design:publish_name", { name })}</h2>
            {found && (
              <p className="grey small">
                {t(mine && mine.number > 1 ? "design:publish_fact" : "design:publish_first", {
                  before: (mine?.number ?? 1) - 1,
                  after: mine?.number ?? 1,
                  count: parts && found.steps.length === 1 ? parts.count : changesOf(found),
                })}
              </p>
            )}
          </div>
          {parts && mine && mine.number > 1 && (
            <Button icon={<Icon name="columns" size={15} />} onClick={parts.compare.act}>
              {parts.compare.label}
            </Button>
          )}
          <button type="button" className="icon-button" aria-label={t("close")} title="Esc" onClick={onClose}>
            <Icon name="close" size={16} />
          </button>
        </div>
      }
      footer={
        <div className="row publish-foot">
          <span className="grey small spread row">
            <Icon name="undo" size={14} />
            {t("design:can_undo")}
          </span>
          {first && (
            <FieldError>
              {t("design:first", {
                text:
                  first.code === "apps.breaks"
                    ? t("design:the_broken", { kind: t(`design:kind_${first.kind}`), name: String(first.facts.label) })
                    : first.text,
              })}
            </FieldError>
          )}
          {go.error && <FieldError>{problemText(go.error)}</FieldError>}
          <Button onClick={onClose}>{t("design:go_on_drawing")}</Button>
          <Button
            type="primary"
            disabled={!found?.publishable || plan.isFetching}
            loading={go.isPending}
            onClick={() => go.mutate()}
          >
            {t("design:publish_version", { n: mine?.number ?? 1 })}
          </Button>
        </div>
      }
    >
      <Fetched of={plan} rows={10}>
        {(found) => (
          <div className="publish">
            <section aria-label={t("design:what_changes")}>
              <div className="row publish-head">
                <h3>{t("design:what_changes")}</h3>
                <span className="grey spread">{t("design:in_one_go")}</span>
                {waits(found) && <span>{t("design:lock", { seconds: seconds(found.lock_ms) })}</span>}
              </div>
              <div className="publish-box">
                {found.steps.length > 0 && (
                  <div className="pub-row pub-heads" aria-hidden="true">
                    <span className="pub-way">{t("design:head_way")}</span>
                    <span className="pub-what">{t("design:head_change")}</span>
                    <span className="pub-rows right">{t("design:head_rows")}</span>
                    <span className="pub-time right">{t("design:head_time")}</span>
                  </div>
                )}
                {found.steps.length === 0 && <p className="grey pub-none">{t("design:nothing_drawn")}</p>}
                {found.steps.map((s) => (
                  <div key={`${s.kind}${s.key}`}>
                    {found.steps.length > 1 && <div className="pub-of">{s.label}</div>}
                    {parts && s === mine && s.act === "change" ? parts.changes : <Operations step={s} />}
                  </div>
                ))}
              </div>
            </section>
            {told.length > 0 && (
              <section aria-label={t("design:problems")}>
                <div className="row publish-head">
                  <h3>{t("design:problems")}</h3>
                </div>
                <div className="publish-box">
                  {told.map((p, i) => (
                    <div key={i} className={`pub-row ${p.severity === "error" ? "pub-breaks" : ""}`}>
                      <Chip tone={p.severity === "error" ? "urgent" : "info"}>
                        {t(`design:severity_${p.severity}`)}
                      </Chip>
                      <span className="pub-what">{p.text}</span>
                    </div>
                  ))}
                </div>
              </section>
            )}
            <section aria-label={t("design:depends")}>
              <div className="row publish-head">
                <h3>{t("design:depends")}</h3>
                {found.breaks > 0 && <Chip tone="urgent">{t("design:breaks", { count: found.breaks })}</Chip>}
                <span className="spread" />
                <span className="grey">{t("design:checked", { count: found.checked })}</span>
              </div>
              <div className="publish-box">
                <Uses
                  plan={found}
                  {...(fieldName ? { fieldName } : {})}
                  {...(keep ? { onKeep: (form, field) => void keep(form, field) } : {})}
                />
              </div>
            </section>
            {found.running.length > 0 && (
              <section aria-label={t("design:running")}>
                <div className="row publish-head">
                  <h3>{t("design:running")}</h3>
                  <span className="grey">{t("design:running_fact")}</span>
                </div>
                <div className="publish-box">
                  {parts?.running}
                  {!parts &&
                    found.running.map((r) => (
                      <p key={r.process} className="pub-none">
                        {t("design:running_of", { name: r.label, count: r.open, n: r.version })}
                      </p>
                    ))}
                </div>
              </section>
            )}
            {parts?.backlog}
            {others.length > 0 && (
              <section aria-label={t("design:together")}>
                <div className="row publish-head">
                  <h3>{t("design:together")}</h3>
                  <span className="grey">{t("design:together_fact")}</span>
                </div>
                <div className="publish-box publish-others">
                  {others.map((d) => (
                    <Checkbox
                      key={d.id}
                      checked={besides.includes(d.id)}
                      onChange={(e) =>
                        setBesides(e.target.checked ? [...besides, d.id] : besides.filter((id) => id !== d.id))
                      }
                    >
                      {d.label} <span className="grey">{t("design:drawn_by", { name: d.by.label })}</span>
                    </Checkbox>
                  ))}
                </div>
              </section>
            )}
            <section className="labelled">
              <label htmlFor="publish-note">{t("design:note")}</label>
              <Input
                id="publish-note"
                value={note}
                maxLength={1000}
                placeholder={t("design:note_hint")}
                onChange={(e) => setNote(e.target.value)}
              />
            </section>
          </div>
        )}
      </Fetched>
    </Drawer>
  );
}
