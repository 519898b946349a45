import { Button, Tooltip } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Chip, Failure, Icon, Lines, Mark, Notice, useClock, useKeys, usePhone, useProblemText } from "@/kit";
import type { DesignProblem } from "./api";
import { Drawer } from "./drawer";
import { at as momentOf } from "./moment";
import { PublishSheet, type SheetParts } from "./publish_sheet";
import type { DraftWork } from "./use_draft";
import "./design.css";

/** One shell for every designer: name and state above, palette, canvas and inspector side by side, problems below. */
export function Designer<Tree extends object>({
  work,
  name,
  backTo,
  number,
  facts,
  palette,
  canvas,
  inspector,
  onProblem,
  onFix,
  othersWait,
  settle,
  keeps,
  fieldName,
  counted,
  sheet,
  onPublished,
}: {
  work: DraftWork<Tree>;
  name: string;
  backTo: string;
  /** how often it was published */
  number: number;
  facts?: ReactNode;
  /** null: what is drawn takes its place */
  palette: ReactNode;
  canvas: ReactNode;
  inspector: ReactNode;
  onProblem: (problem: DesignProblem) => void;
  onFix: (problem: DesignProblem) => void;
  /** drafts of others that could be published together with this one */
  othersWait: boolean;
  /** what is still on its way into the draft has arrived */
  settle?: () => Promise<void>;
  /** leave a field of this definition as it is published; null where that says nothing */
  keeps?: (form: string, field: string) => { name: string; act: () => void } | null;
  /** what people call a field */
  fieldName?: (form: string, field: string) => string;
  /** how many records it holds, in words */
  counted?: string | undefined;
  /** what the sheet of a publication tells of it */
  sheet?: SheetParts;
  /** once it is in force */
  onPublished?: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const phone = usePhone();
  const problemText = useProblemText();
  const { zone } = useClock();
  const [publishing, setPublishing] = useState(false);
  const [at, setAt] = useState(-1);
  const head = useRef<HTMLHeadingElement>(null);
  const landing = useRef(false); // published: the button that had the focus has nothing to do any longer
  const { steps, problems } = work;
  useEffect(() => {
    if (!steps || !landing.current) return;
    landing.current = false;
    head.current?.focus();
  }, [steps]);
  const undoable = steps?.past[steps.past.length - 1];
  const redoable = steps?.next[0];
  const errors = problems.filter((p) => p.severity === "error");
  const changed = work.ids.length > 0;
  const blocked = errors.length > 0 && !othersWait;

  function next() {
    if (problems.length === 0) return;
    const to = (at + 1) % problems.length;
    setAt(to);
    const problem = problems[to];
    if (problem) onProblem(problem);
  }
  useKeys(
    publishing || phone
      ? {}
      : {
          "mod+z": work.undo,
          "mod+shift+z": work.redo,
          "mod+y": work.redo,
          F8: next,
          "mod+s": () => void work.flush(),
          "mod+Enter": () => changed && void openSheet(),
        },
  );

  /** The way out of a place that would lose a field: the field stays. */
  function keepOf(problem: DesignProblem) {
    const [read] = problem.code === "apps.breaks" ? ((problem.facts.reads ?? []) as string[]) : [];
    const [form = "", field = ""] = read?.split(".") ?? [];
    return field === "" ? null : (keeps?.(form, field) ?? null);
  }

  async function openSheet() {
    await settle?.();
    if (await work.flush()) setPublishing(true); // what could not be kept would be left out
  }

  if (!steps)
    return (
      <main className="designer">
        {work.error ? <Failure error={work.error} retry={work.reload} /> : <Lines rows={12} />}
      </main>
    );
  return (
    <main className="designer">
      <header className="designer-top">
        <button
          type="button"
          className="icon-button"
          aria-label={t("back")}
          onClick={() => void work.flush().then(() => navigate(backTo))}
        >
          <Icon name="back" />
        </button>
        {!phone && <Mark />}
        <h1 className="cut" ref={head} tabIndex={-1}>
          {name}
        </h1>
        {changed ? (
          <Chip tone="warn">{t("design:draft_of", { n: number + 1 })}</Chip>
        ) : (
          <Chip tone="brand">{number > 0 ? t("design:version", { n: number }) : t("design:in_force")}</Chip>
        )}
        {counted && !phone && <span className="grey nowrap designer-facts">{counted}</span>}
        <span className="grey cut designer-facts" role="status">
          {work.state === "saving"
            ? t("design:saving")
            : work.state === "failed"
              ? t("design:not_saved")
              : work.savedAt
                ? t("design:saved_at", { time: momentOf(work.savedAt, zone) })
                : t("design:nothing_drawn")}
        </span>
        <span className="spread" />
        {facts}
        {!phone && (
          <>
            <Tooltip
              title={
                undoable ? `${t("design:undo_of", { name: undoable.name })} (Ctrl+Z)` : t("design:nothing_to_undo")
              }
            >
              <button
                type="button"
                className="icon-button"
                aria-label={undoable ? t("design:undo_of", { name: undoable.name }) : t("undo")}
                disabled={!undoable}
                onClick={work.undo}
              >
                <Icon name="undo" />
              </button>
            </Tooltip>
            <Tooltip
              title={
                redoable
                  ? `${t("design:redo_of", { name: redoable.name })} (Ctrl+Shift+Z)`
                  : t("design:nothing_to_redo")
              }
            >
              <button
                type="button"
                className="icon-button designer-redo"
                aria-label={redoable ? t("design:redo_of", { name: redoable.name }) : t("design:redo")}
                disabled={!redoable}
                onClick={work.redo}
              >
                <Icon name="undo" />
              </button>
            </Tooltip>
            <Tooltip title={blocked ? errors[0]?.text : changed ? "Ctrl+Enter" : t("design:nothing_drawn")}>
              <Button
                type="primary"
                disabled={!changed || blocked || work.state === "stale"}
                icon={<Icon name="upload" size={15} />}
                onClick={() => void openSheet()}
              >
                {t("design:publish")}
              </Button>
            </Tooltip>
          </>
        )}
      </header>
      {work.state === "stale" && (
        <Notice
          tone="urgent"
          icon="warning"
          action={
            <span className="row">
              <Button size="small" onClick={() => void work.insist()}>
                {t("design:take_mine")}
              </Button>
              <Button size="small" onClick={work.reload}>
                {t("design:open_again")}
              </Button>
            </span>
          }
        >
          {problemText(work.error)}
        </Notice>
      )}
      {work.state === "failed" && (
        <Notice
          tone="urgent"
          icon="warning"
          action={
            <Button size="small" onClick={() => void work.flush()}>
              {t("retry")}
            </Button>
          }
        >
          {t("design:kept_here", { why: problemText(work.error) })}
        </Notice>
      )}
      {work.clashes.length > 0 && (
        <Notice
          tone="warn"
          icon="warning"
          action={
            <span className="row">
              <Button size="small" onClick={() => void work.rebase("mine")}>
                {t("design:take_mine")}
              </Button>
              <Button size="small" onClick={() => void work.rebase("theirs")}>
                {t("design:take_theirs")}
              </Button>
            </span>
          }
        >
          {t("design:clashes", { count: work.clashes.length, places: work.clashes.map((c) => c.path).join("、") })}
        </Notice>
      )}
      {phone && (
        <Notice tone="info" icon="info">
          {t("design:on_computer")}
        </Notice>
      )}
      <div className="designer-work">
        {!phone && palette !== null && (
          <aside className="designer-palette" aria-label={t("design:palette")}>
            {palette}
          </aside>
        )}
        <div className="designer-middle">
          <section className="designer-canvas" aria-label={t("design:canvas")}>
            {canvas}
          </section>
          {!phone && (
            <Drawer
              work={work}
              at={at}
              onProblem={onProblem}
              onFix={onFix}
              onNext={next}
              onWhole={() => void openSheet()}
              onKeep={keepOf}
            />
          )}
        </div>
        {!phone && inspector !== null && (
          <aside className="designer-inspector" aria-label={t("design:inspector")}>
            {inspector}
          </aside>
        )}
      </div>
      {publishing && changed && (
        <PublishSheet
          drafts={work.ids}
          name={name}
          fieldName={fieldName}
          told={sheet}
          onKeep={
            keeps &&
            (async (form, field) => {
              keeps(form, field)?.act();
              await work.flush();
            })
          }
          onClose={() => setPublishing(false)}
          onPublished={() => {
            setPublishing(false);
            work.reload();
            landing.current = true;
            onPublished?.();
          }}
        />
      )}
    </main>
  );
}
