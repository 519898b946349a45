import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Modal, Segmented } from "antd";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Problem } from "@/api";
import { Failure, format, Icon, Lines, toast, useClock, usePhone, useProblemText } from "@/kit";
import { type Form, mayWrite, useLabel } from "@/rooms/forms";
import { both, countQuery, pageQuery, type Row, type Shape } from "./api";
import { plannedDates } from "./bulk_edit";
import { among, dayAfter, daysOf, type Span, step } from "./calendar_model";
import { Cards, cardFields } from "./cards";
import { Cell, titleOf } from "./cell";
import { previewPlan } from "./plan_api";
import { PlanChangeNote } from "./plan_change";
import { readStale } from "./record_model";
import { listAddress } from "./state";
import { useMove } from "./use_move";
import "./calendar.css";

const LIMIT = 500;
const IN_A_DAY = 4; // of a month
const NOT_HELD = new Map();

/** Records on the days of one of their dates; one dragged to another day has that date, its plan seen before. */
export function Calendar({
  form,
  by,
  shape,
  day,
  span,
  onMove,
  onOpen,
}: {
  form: Form;
  by: string;
  shape: Shape;
  day: string | null;
  span: Span;
  onMove: (part: { day?: string | null; span?: Span }) => void;
  onOpen: (row: Row) => void;
}) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const problemText = useProblemText();
  const { today } = useClock();
  const at = day ?? today;
  const days = daysOf(at, span);
  const field = form.fields.find((f) => f.key === by);
  const filter = both(shape.filter, among(by, days));
  const columns = [...new Set([...shape.columns, ...cardFields(form), by])];
  const sort = [{ field: by, descending: false }];
  const pages = useInfiniteQuery(pageQuery(form.key, { ...shape, sort, columns, filter }, LIMIT));
  const total = useQuery(countQuery(form.key, { ...shape, filter }));
  const { moving, move, ask, sheet } = useMove(form, by, (to) => to ?? t("records:board_blank"), onOpen);
  const [asking, setAsking] = useState<{ row: Row; to: string; same: boolean } | null>(null);
  const [dragged, setDragged] = useState<Row | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const follow = useRef(false);
  useEffect(() => {
    if (follow.current) grid.current?.querySelector<HTMLElement>(`[data-day="${at}"]`)?.focus();
    follow.current = false;
  }, [at]);

  const movable = form.may.includes("update") && field !== undefined && mayWrite(field) && !field.unique;
  const dateOf = (row: Row) => moving.get(row.id)?.to ?? String(row[by] ?? "").slice(0, 10);
  const rows = pages.data?.pages.flatMap((p) => p.rows) ?? [];
  // rows come by day: from here on not all of them are known
  const until = pages.hasNextPage ? String(rows.at(-1)?.[by] ?? "").slice(0, 10) : null;
  const partly = (one: string) => until !== null && one >= until;
  const known = new Set(rows.map((r) => r.id));
  const all = [...rows, ...[...moving.values()].filter((m) => !known.has(m.row.id)).map((m) => m.row)];
  const on = (one: string) => all.filter((row) => dateOf(row) === one);

  /** A date that a process counts from shows its plan first. */
  async function lay(row: Row, to: string, version = row.version ?? 0) {
    const from = dateOf(row);
    if (!movable || from === to) return;
    try {
      const found = await previewPlan(form.key, row.id, version, { [by]: to });
      const same = found.dropped.length === 0 && found.added.length === 0;
      if (!same || plannedDates(form).includes(by)) setAsking({ row: { ...row, version }, to, same });
      else await move({ ...row, version }, from, to);
    } catch (error) {
      if (error instanceof Problem && error.status === 409 && error.facts.fields) {
        const stale = readStale(error.facts);
        if (stale.mergeable && stale.version !== version) await lay(row, to, stale.version);
        else ask({ id: row.id, stale, mine: { [by]: to } });
        return;
      }
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  function onKey(e: KeyboardEvent<HTMLElement>) {
    if ((e.target as HTMLElement).closest(".calendar-item")) return;
    const next = dayAfter(e.key, at);
    if (e.key === "Enter" && !phone)
      e.currentTarget.querySelector<HTMLElement>(`[data-day="${at}"] .calendar-item`)?.focus();
    if (!next || e.altKey || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    e.stopPropagation();
    follow.current = true;
    onMove({ day: next });
  }

  const shown = cardFields(form).filter((path) => path !== form.title && path !== by);
  const item = (row: Row) => (
    <div
      key={row.id}
      role="button"
      tabIndex={0}
      className={moving.has(row.id) ? "calendar-item moving" : "calendar-item"}
      title={movable ? t("records:calendar_hint") : undefined}
      draggable={movable}
      onDragStart={(e) => {
        e.dataTransfer.setData("text/plain", String(row.id));
        e.dataTransfer.effectAllowed = "move";
        setDragged(row);
      }}
      onDragEnd={() => setDragged(null)}
      onClick={() => onOpen(row)}
      onKeyDown={(e) => {
        if (e.key === "Enter") onOpen(row);
        const to = e.altKey ? dayAfter(e.key, dateOf(row)) : null;
        if (!to) return;
        e.preventDefault();
        void lay(row, to);
      }}
    >
      <b className="cut">{titleOf(form, row)}</b>
      {shown.slice(0, span === "week" ? 4 : 1).map((path) => {
        const f = form.fields.find((x) => x.key === path);
        return f ? (
          <span key={path} className="calendar-line">
            <Cell field={f} value={row[path]} row={row} />
          </span>
        ) : null;
      })}
    </div>
  );

  const month = t("records:group_month", { year: at.slice(0, 4), month: Number(at.slice(5, 7)) });
  const title =
    span === "month"
      ? month
      : [days[0], t("records:until"), days[6]].map((x) => (phone ? x?.replace(/^\d{4}-/, "") : x)).join(" ");
  return (
    <div className="calendar">
      <div className="row calendar-head">
        <button
          type="button"
          className="icon-button"
          aria-label={t("records:calendar_before")}
          onClick={() => onMove({ day: step(at, span, -1) })}
        >
          <Icon name="leftward" size={16} />
        </button>
        <b aria-live="polite">{title}</b>
        <button
          type="button"
          className="icon-button"
          aria-label={t("records:calendar_after")}
          onClick={() => onMove({ day: step(at, span, 1) })}
        >
          <Icon name="rightward" size={16} />
        </button>
        <Button size="small" disabled={at === today} onClick={() => onMove({ day: null })}>
          {t("today")}
        </Button>
        <span className="grey">
          {(total.data ?? !pages.hasNextPage) &&
            t("records:count_of", { n: (total.data?.count ?? rows.length).toLocaleString("en"), noun: form.noun })}
          {pages.hasNextPage && t("records:calendar_shown", { n: rows.length.toLocaleString("en"), noun: form.noun })}
        </span>
        <span className="spread" />
        {pages.hasNextPage && (
          <Button size="small" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("records:more_rows")}
          </Button>
        )}
        <Segmented<Span>
          size="small"
          value={span}
          aria-label={t("records:calendar_span")}
          options={[
            { value: "month", label: t("records:calendar_month") },
            { value: "week", label: t("records:calendar_week") },
          ]}
          onChange={(to) => onMove({ span: to })}
        />
      </div>
      {pages.isError && !pages.data ? (
        <Failure error={pages.error} retry={() => void pages.refetch()} />
      ) : (
        <div
          ref={grid}
          role="grid"
          aria-label={title}
          tabIndex={-1}
          className={`calendar-days calendar-${span} ${pages.isPlaceholderData ? "dimmed" : ""}`}
          onKeyDown={onKey}
        >
          {days.slice(0, 7).map((one) => (
            <span key={one} className="calendar-weekday grey">
              {format.weekday(one, i18n.language as format.Locale)}
            </span>
          ))}
          {days.map((one) => {
            const here = on(one);
            const most = phone ? 0 : span === "week" ? here.length : here.length > IN_A_DAY ? IN_A_DAY - 1 : IN_A_DAY;
            const beside = span === "month" && one.slice(0, 7) !== at.slice(0, 7);
            return (
              <div
                key={one}
                role="gridcell"
                data-day={one}
                tabIndex={one === at ? 0 : -1}
                aria-selected={one === at}
                aria-label={t("records:calendar_day", {
                  day: format.dateWithWeekday(one, i18n.language as format.Locale),
                  n: here.length,
                  noun: form.noun,
                })}
                className={`calendar-day ${beside ? "beside" : ""} ${one === today ? "now" : ""} ${over === one && dragged ? "over" : ""}`}
                onClick={(e) => (phone || e.target === e.currentTarget) && onMove({ day: one })}
                onKeyDown={() => undefined}
                onDragOver={(e) => {
                  if (!dragged) return;
                  e.preventDefault();
                  setOver(one);
                }}
                onDragLeave={() => setOver(null)}
                onDrop={(e) => {
                  e.preventDefault();
                  setOver(null);
                  if (dragged) void lay(dragged, one);
                  setDragged(null);
                }}
              >
                <span className="calendar-number">{Number(one.slice(8))}</span>
                {phone && (here.length > 0 || partly(one)) && (
                  <span className="calendar-count">{partly(one) ? `${here.length || ""}…` : here.length}</span>
                )}
                {here.slice(0, most).map(item)}
                {!phone && partly(one) && (
                  <Link to={listAddress(form.key, both(shape.filter, `${by} = "${one}"`))}>
                    {t("records:open_list")}
                  </Link>
                )}
                {!phone && here.length > most && (
                  <button type="button" className="bare link" onClick={() => onMove({ day: one, span: "week" })}>
                    {t("records:calendar_rest", { n: here.length - most, noun: form.noun })}
                  </button>
                )}
              </div>
            );
          })}
        </div>
      )}
      {phone &&
        (pages.isPending ? (
          <Lines rows={3} />
        ) : on(at).length ? (
          <Cards form={form} rows={on(at)} held={NOT_HELD} onOpen={onOpen} />
        ) : (
          <p className="grey calendar-none">{t("records:calendar_none", { label: label(form) })}</p>
        ))}
      {sheet}
      {asking && field && (
        <Modal
          open
          title={t("records:calendar_ask", { name: titleOf(form, asking.row), label: label(field), to: asking.to })}
          okText={t("records:save_plan")}
          cancelText={t("cancel")}
          onCancel={() => setAsking(null)}
          onOk={() => {
            setAsking(null);
            void move(asking.row, dateOf(asking.row), asking.to);
          }}
        >
          <p>{t("records:calendar_from", { from: dateOf(asking.row), to: asking.to })}</p>
          {asking.same ? (
            <p className="grey">{t("records:plan_same")}</p>
          ) : (
            <PlanChangeNote
              form={form}
              id={asking.row.id}
              version={asking.row.version ?? 0}
              values={{ [by]: asking.to }}
              onFound={() => undefined}
            />
          )}
        </Modal>
      )}
    </div>
  );
}
