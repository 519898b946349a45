import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure, format, Icon, Lines } from "@/kit";
import { type Field, useLabel } from "@/rooms/forms";
import { both, type GroupRow, groupsQuery, pageQuery, type Row, type Shape } from "./api";
import { useColumn } from "./cell";
import { type TableProps, useWidths } from "./table";
import { type Column, type Laid, layOut, TableHead, TableRow } from "./table_parts";

const LIMIT = 100;
const FIRST = 5; // rows of a group at first, so that the next groups are in sight
const MOST_CHOSEN = 2_000; // rows that are ticked with their group
const OPEN = 3; // groups that stand open at first
const MOST = 200; // groups that the server tells

/** What a group is called: an option, a month, yes or no, a related record. */
export function useGroupLabel(field: Field | undefined): (group: GroupRow) => string {
  const { t } = useTranslation();
  const label = useLabel();
  return ({ key, label: name }) => {
    if (name) return name;
    if (key === "?" && field?.kind === "relation") return t("records:group_unnamed");
    if (key === null) return t("records:board_blank");
    const option = field?.options?.find((o) => o.key === key);
    if (option) return label(option);
    const month = /^(\d{4})-(\d{2})$/.exec(key);
    if (month) return t("records:group_month", { year: month[1], month: Number(month[2]) });
    if (key === "true" || key === "false") return t(key === "true" ? "yes" : "no");
    return key;
  };
}

interface GroupedProps extends TableProps {
  by: string;
  shape: Shape;
  sums: string[];
  selected: ReadonlyMap<number, Row>;
  onToggle: (rows: readonly Row[], on: boolean) => void;
}

/** Rows under the heads of their groups, each with its count and subtotal; a group is read when it is opened. */
export function Grouped(props: GroupedProps) {
  const { t } = useTranslation();
  const { form, by, shape, sums } = props;
  const column = useColumn(form);
  const columns = props.columns.flatMap((c) => column(c) ?? []);
  const groups = useQuery(groupsQuery(form.key, by, shape, sums));
  const [folded, setFolded] = useState<Readonly<Record<string, boolean>>>({});
  const named = useGroupLabel(form.fields.find((f) => f.key === by));
  const { widths, onWidth } = useWidths(props);
  if (groups.isError && !groups.data) return <Failure error={groups.error} retry={() => void groups.refetch()} />;
  if (!groups.data) return <Lines rows={12} />;
  const laid = layOut(form, columns, { widths, frozen: props.frozen });
  return (
    <div className="table" role="table" aria-label={form.label} style={{ paddingBottom: props.padBottom ? 72 : 0 }}>
      <TableHead
        columns={columns}
        laid={laid}
        sort={props.sort}
        onSort={props.onSort}
        allOn={false}
        someOn={props.selected.size > 0}
        onSelectAll={() => props.onToggle([...props.selected.values()], false)}
        onWidth={onWidth}
      />
      {groups.data
        .filter((g) => g.count > 0)
        .map((group, at) => {
          const key = group.key ?? "";
          const open = !(folded[key] ?? at >= OPEN);
          return (
            <Block
              key={key}
              {...props}
              group={group}
              label={named(group)}
              laid={laid}
              shown={columns}
              open={open}
              onFold={() => setFolded({ ...folded, [key]: open })}
            />
          );
        })}
      {groups.data.length >= MOST && <p className="grey table-rest">{t("records:group_most", { n: MOST })}</p>}
    </div>
  );
}

interface BlockProps extends GroupedProps {
  group: GroupRow;
  label: string;
  laid: Laid;
  shown: Column[];
  open: boolean;
  onFold: () => void;
}
function Block(props: BlockProps) {
  const { t } = useTranslation();
  const { form, group, shape, sums, shown, laid, open } = props;
  const pages = useInfiniteQuery({
    ...pageQuery(form.key, { ...shape, filter: both(shape.filter, group.filter) }, LIMIT),
    enabled: open,
  });
  const [more, setMore] = useState(false);
  const [ticking, setTicking] = useState(false);
  const read = pages.data?.pages.flatMap((p) => p.rows) ?? [];
  const rows = open ? (more || read.length <= FIRST + 1 ? read : read.slice(0, FIRST)) : [];
  const rest = group.count - rows.length;
  const next = Math.min(rest, more ? LIMIT : read.length - rows.length);
  const chosen = read.filter((row) => props.selected.has(row.id)).length;
  const whole = chosen > 0 && chosen === read.length && !pages.hasNextPage;
  const named = t("records:count_of", { n: group.count.toLocaleString("en"), noun: form.noun });

  /** All rows of the group, also those that are not shown. */
  async function tick(on: boolean) {
    setTicking(true);
    let all = read;
    let next = pages.data === undefined || pages.hasNextPage;
    while (on && next) {
      const found = await pages.fetchNextPage();
      all = found.data?.pages.flatMap((p) => p.rows) ?? all;
      next = found.hasNextPage && !found.isError;
    }
    setTicking(false);
    props.onToggle(all, on);
  }
  const sum = sums[0];
  const at = shown.findIndex((c) => c.path === sum);
  const total = sum ? group.sums[sum] : null;
  return (
    <>
      <div className="table-group" role="row" style={laid.row}>
        <span role="cell" className="table-check">
          <Checkbox
            checked={whole}
            indeterminate={chosen > 0 && !whole}
            disabled={ticking || group.count > MOST_CHOSEN}
            title={
              group.count > MOST_CHOSEN ? t("records:group_too_many", { n: MOST_CHOSEN, noun: form.noun }) : undefined
            }
            aria-label={`${props.label}：${t("records:group_all", { n: group.count.toLocaleString("en"), noun: form.noun })}`}
            onChange={(e) => void tick(e.target.checked)}
          />
        </span>
        <button
          type="button"
          className="bare row table-group-name"
          style={{ gridColumn: at > 0 ? `2 / ${at + 2}` : "2 / -1" }}
          aria-expanded={open}
          onClick={props.onFold}
        >
          <Icon name={open ? "down" : "rightward"} size={14} />
          <b>{props.label}</b>
          <span className="grey">{named}</span>
          {total && <span className="spread" />}
          {total && <span className="grey">{t("records:subtotal")}</span>}
          {total && at <= 0 && <b>{format.money(total)}</b>}
        </button>
        {total && at > 0 && (
          <span role="cell" className="table-cell right" style={{ gridColumn: at + 2 }}>
            <b>{format.money(total)}</b>
          </span>
        )}
      </div>
      {open && pages.isPending && <Lines rows={Math.min(group.count, 5)} />}
      {open && pages.isError && !pages.data && <Failure error={pages.error} retry={() => void pages.refetch()} />}
      {rows.map((row) => (
        <TableRow
          key={row.id}
          form={form}
          columns={shown}
          row={row}
          rows={rows}
          laid={laid}
          style={{ position: "relative" }}
          colours={props.colours}
          on={props.selected.has(row.id)}
          focused={false}
          opened={props.openId === row.id}
          hold={props.held.get(row.id)}
          onSelect={(on) => props.onToggle([row], on)}
          onFocus={() => undefined}
          onOpen={(newTab) => props.onOpen(row, newTab)}
          onEdit={props.onEdit}
        />
      ))}
      {open && !pages.isPending && rest > 0 && (
        <button
          type="button"
          className="bare row table-rest"
          onClick={() => {
            if (more) void pages.fetchNextPage();
            setMore(true);
          }}
        >
          <Icon name="down" size={14} />
          {next === rest
            ? t("records:board_rest", { n: rest.toLocaleString("en"), noun: form.noun })
            : t("records:group_rest", { more: next, n: (rest - next).toLocaleString("en"), noun: form.noun })}
        </button>
      )}
    </>
  );
}
