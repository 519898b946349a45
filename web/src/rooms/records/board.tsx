import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure, format, Lines } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { both, type GroupRow, groupsQuery, pageQuery, type Row, type Shape } from "./api";
import { bulkFields } from "./bulk_edit";
import { cardFields, useCardBody } from "./cards";
import { type Moving, useMove } from "./use_move";

const LIMIT = 30;

/** One column per choice; a card dragged to another column has that choice. */
export function Board({
  form,
  by,
  shape,
  sum,
  onOpen,
}: {
  form: Form;
  by: string;
  shape: Shape;
  sum: string | undefined;
  onOpen: (row: Row) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const groups = useQuery(groupsQuery(form.key, by, shape, sum ? [sum] : []));
  const [over, setOver] = useState<string | null | undefined>(undefined);
  const [dragged, setDragged] = useState<{ row: Row; from: string | null } | null>(null);
  const field = form.fields.find((f) => f.key === by);
  const named = (key: string | null) =>
    key === null ? t("records:board_blank") : label(field?.options?.find((o) => o.key === key) ?? { label: key });
  const { moving, move, sheet } = useMove(form, by, named, onOpen);
  if (groups.isError && !groups.data) return <Failure error={groups.error} retry={() => void groups.refetch()} />;
  if (!groups.data || !field) return <Lines rows={12} />;
  const mayMove = form.may.includes("update") && bulkFields(form).some((f) => f.key === by);
  const columns = groups.data.filter((g) => g.key !== null || g.count > 0);
  return (
    <div className="board">
      {columns.map((group, at) => (
        <section
          key={group.key ?? ""}
          aria-label={named(group.key)}
          className={over === group.key && dragged && dragged.from !== group.key ? "board-column over" : "board-column"}
          onDragOver={(e) => {
            if (!dragged) return;
            e.preventDefault();
            setOver(group.key);
          }}
          onDragLeave={() => setOver(undefined)}
          onDrop={(e) => {
            e.preventDefault();
            setOver(undefined);
            if (dragged) void move(dragged.row, dragged.from, group.key);
            setDragged(null);
          }}
        >
          <header className="board-head">
            <b>{named(group.key)}</b>
            <span className="grey">{group.count.toLocaleString("en")}</span>
            <span className="spread" />
            {sum && group.sums[sum] && <span className="grey-2">{format.money(group.sums[sum] ?? "0")}</span>}
          </header>
          <Column
            form={form}
            by={by}
            group={group}
            shape={shape}
            moving={moving}
            mayMove={mayMove}
            onOpen={onOpen}
            onDrag={(row) => setDragged(row && { row, from: group.key })}
            onStep={(row, step) => {
              const to = columns[at + step];
              if (to) void move(row, group.key, to.key);
            }}
          />
        </section>
      ))}
      {sheet}
    </div>
  );
}

function Column({
  form,
  by,
  group,
  shape,
  moving,
  mayMove,
  onOpen,
  onDrag,
  onStep,
}: {
  form: Form;
  by: string;
  group: GroupRow;
  shape: Shape;
  moving: ReadonlyMap<number, Moving>;
  mayMove: boolean;
  onOpen: (row: Row) => void;
  onDrag: (row: Row | null) => void;
  onStep: (row: Row, step: 1 | -1) => void;
}) {
  const { t } = useTranslation();
  const body = useCardBody(form, by);
  const columns = [...new Set([...shape.columns, ...cardFields(form)])];
  const pages = useInfiniteQuery({
    ...pageQuery(form.key, { ...shape, columns, filter: both(shape.filter, group.filter) }, LIMIT),
    // an empty column reads along with its first card, so that the card never goes away in between
    enabled: group.count > 0 || [...moving.values()].some((m) => m.to === group.key),
  });
  const own = pages.data?.pages.flatMap((p) => p.rows) ?? [];
  const coming = [...moving.values()].filter((m) => m.to === group.key && !own.some((r) => r.id === m.row.id));
  const rows = [...coming.map((m) => m.row), ...own.filter((r) => (moving.get(r.id)?.to ?? group.key) === group.key)];
  const rest = group.count - own.length;
  if (pages.isError && !pages.data) return <Failure error={pages.error} retry={() => void pages.refetch()} />;
  return (
    <div className="board-cards">
      {rows.map((row) => (
        <div
          key={row.id}
          role="button"
          tabIndex={0}
          title={mayMove ? t("records:board_hint") : undefined}
          className={moving.has(row.id) ? "board-card moving" : "board-card"}
          draggable={mayMove}
          onDragStart={(e) => {
            e.dataTransfer.setData("text/plain", String(row.id));
            e.dataTransfer.effectAllowed = "move";
            onDrag(row);
          }}
          onDragEnd={() => onDrag(null)}
          onClick={() => onOpen(row)}
          onKeyDown={(e) => {
            if (e.key === "Enter") onOpen(row);
            if (mayMove && e.altKey && (e.key === "ArrowRight" || e.key === "ArrowLeft")) {
              e.preventDefault();
              onStep(row, e.key === "ArrowRight" ? 1 : -1);
            }
          }}
        >
          {body(row)}
        </div>
      ))}
      {pages.hasNextPage && rest > 0 && (
        <button type="button" className="bare link" onClick={() => void pages.fetchNextPage()}>
          {rest <= LIMIT
            ? t("records:board_rest", { n: rest.toLocaleString("en"), noun: form.noun })
            : t("records:group_rest", { more: LIMIT, n: (rest - LIMIT).toLocaleString("en"), noun: form.noun })}
        </button>
      )}
    </div>
  );
}
