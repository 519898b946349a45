import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, type InputRef } from "antd";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Problem } from "@/api";
import {
  Empty,
  Failure,
  format,
  Head,
  Icon,
  Lines,
  NotRefreshed,
  Page,
  Side,
  Tabs,
  useClock,
  useKeys,
  usePhone,
} from "@/kit";
import { ExportButton } from "@/rooms/exports";
import { type Form, useForms, useLabel } from "@/rooms/forms";
import { AsOfBar, AsOfButton, BinLink, useAt, useFormThen } from "@/rooms/history/as_of";
import { DuplicatesButton } from "@/rooms/merge";
import { useMe } from "@/rooms/people";
import { ListNews } from "@/rooms/together";
import { countQuery, pageQuery, type Row } from "./api";
import { Board } from "./board";
import { BulkBar } from "./bulk_bar";
import { Calendar } from "./calendar";
import { Cards } from "./cards";
import { Gallery } from "./gallery";
import { Grouped } from "./grouped";
import { InlineEdit } from "./inline";
import { ListFilter } from "./list_filter";
import { ListTools } from "./list_tools";
import { useMonthHeads } from "./month_heads";
import { NoRows } from "./no_rows";
import { PhoneFilter } from "./phone_filter";
import { holdsQuery } from "./plan_api";
import { rememberedColumns } from "./remembered";
import { plainState } from "./saved_views";
import { addUp, type ListState, readState, sumColumns, usualColumns, writeSort, writeState } from "./state";
import { Table } from "./table";
import { useFresh } from "./use_fresh";
import { useRows } from "./use_rows";
import { useSelection } from "./use_selection";
import { useShape } from "./use_shape";
import { useViews } from "./view_list";
import { views } from "./views";
import "./list.css";

const RecordSide = lazy(async () => ({ default: (await import("./record_side")).RecordSide }));

export function ListPage() {
  const { form: key = "" } = useParams();
  const form = useFormThen(key);
  const { t } = useTranslation();
  if (!form)
    return <Empty actions={<Link to="/home">{t("shell:page_missing_go")}</Link>}>{t("shell:page_missing")}</Empty>;
  return <List key={form.key} form={form} />;
}

function List({ form }: { form: Form }) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const { today } = useClock();
  const phone = usePhone();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const forms = useForms();
  const usual = useMemo(() => usualColumns(form, forms), [form, forms]);
  const state = useMemo(() => readState(params, form, usual, forms), [params, form, usual, forms]);
  const change = useCallback(
    (part: Partial<ListState>, replace = true) => setParams((now) => writeState(now, form, part, usual), { replace }),
    [form, setParams, usual],
  );

  const at = useAt();
  const [whole, setWhole] = useState(false);
  const [focused, setFocused] = useState(-1);
  const [filtering, setFiltering] = useState(
    () => state.filter !== "" && !views(form, me.account, today).some((v) => v.filter === state.filter),
  );
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // the columns chosen last time become part of the address, so that a link shows the same
    if (params.has("c") || params.has("v")) return; // a saved view says which it shows
    const columns = rememberedColumns(me.account, form.key);
    if (columns.length) change({ columns });
  }, [params, me.account, form.key, change]);
  const searchBox = useRef<InputRef>(null);

  const sums = useMemo(
    () =>
      sumColumns(
        form,
        form.fields.map((f) => f.key),
      ),
    [form],
  );
  const shape = useShape(form, state, sums, at);

  const laidOut = state.group !== null && (state.kind === "board" || state.kind === "calendar");
  const flowing = !laidOut && (phone || state.kind === "gallery");
  const pages = useInfiniteQuery({ ...pageQuery(form.key, shape), enabled: flowing });
  const all = useQuery(countQuery(form.key, { filter: "", search: "", at }));
  const narrowed = state.filter !== "" || state.search !== "";
  const matching = useQuery(countQuery(form.key, shape, sums));
  const flow = useMemo(() => pages.data?.pages.flatMap((p) => p.rows) ?? [], [pages.data]);
  const inTable = !phone && state.kind === "table" && !state.group;
  const table = useRows(form.key, shape, matching.data?.count, inTable);
  const { rows } = table;
  const months = useMonthHeads(form, shape, sums[0], phone && state.kind === "table");
  const { selected, ...selection } = useSelection(rows.at);
  const chosen = useFresh(form, selected);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = pages;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);

  const holds = useQuery(holdsQuery(form.key)).data;
  const held = useMemo(() => new Map((holds ?? []).map((h) => [h.record_id, h])), [holds]);
  const lists = useViews(form, me.account, state, usual, params, change);
  const tabs = lists.tabs.map((tab) =>
    tab.key === lists.active && narrowed && matching.data ? { ...tab, count: matching.data.count } : tab,
  );
  const noun = (count: number) => t("records:count_of", { n: count.toLocaleString("en"), noun: form.noun });
  const total = sums[0] ? matching.data?.sums[sums[0]] : undefined;

  // other rows, or rows taken out: no longer all of them
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what it follows
  useEffect(() => setWhole(false), [selected, state.filter, state.search]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useEffect(() => void scroller.current?.scrollTo({ top: 0 }), [state.filter, state.search, writeSort(state.sort)]);
  useEffect(() => {
    if (state.creating && !form.may.includes("create")) change({ creating: false });
  }, [state.creating, form.may, change]);

  function open(row: Row, newTab: boolean) {
    const address = `/r/${form.key}/${row.id}${at ? `?at=${at}` : ""}`;
    if (newTab) window.open(address, "_blank", "noopener");
    else if (phone) void navigate(address);
    else change({ open: row.id, creating: false }, state.open !== null);
  }
  function sortBy(field: string, more: boolean) {
    const now = state.sort.find((s) => s.field === field);
    const next = { field, descending: now ? !now.descending : false };
    change({ sort: more ? [...state.sort.filter((s) => s.field !== field), next].slice(-3) : [next] });
  }
  const move = (by: number) => inTable && setFocused((at) => Math.max(0, Math.min(rows.count - 1, at + by)));
  const focusedRow = inTable ? rows.at(focused) : undefined;

  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: focusedRow && (() => open(focusedRow, false)),
    Space: focusedRow && (() => open(focusedRow, false)),
    x: focusedRow && (() => selection.select(focused, !selected.has(focusedRow.id), false)),
    "shift+x": focusedRow && (() => selection.select(focused, true, true)),
    c: form.may.includes("create") && (() => change({ creating: true, open: null }, false)),
    f: () => setFiltering(!filtering),
    "/": () => searchBox.current?.focus(),
    Escape: selected.size > 0 && selection.clear,
  });

  const createButton = form.may.includes("create") && (
    <Button
      type="primary"
      icon={<Icon name="plus" size={15} />}
      onClick={() => change({ creating: true, open: null }, false)}
    >
      {t("shell:new_of", { label: label(form) })}
    </Button>
  );
  const importable = !at && me.may.includes("import") && (form.key === "customer" || form.key === "contract");
  const fact = all.data && (
    <>
      {t("records:total", { n: noun(all.data.count) })}
      {narrowed && matching.data && <> · {t("records:filtered", { n: noun(matching.data.count) })}</>}
    </>
  );
  const sum =
    matching.data && narrowed ? (
      <>
        {t("records:matching")} <b>{noun(matching.data.count)}</b>
        {total && (
          <>
            {t("records:and_sum")} <b>{format.money(total)}</b>
          </>
        )}
      </>
    ) : null;

  const refused = matching.error instanceof Problem && matching.error.status === 422 ? matching.error : null;
  const failed = refused ?? (inTable ? table.error : flowing && pages.isError && !pages.data ? pages.error : null);
  const old = inTable ? table.old : flowing && pages.isError && pages.data !== undefined;
  const pending = inTable ? table.pending : flowing && pages.isPending;
  const none = inTable ? rows.count === 0 : flowing ? flow.length === 0 : matching.data?.count === 0;
  const look = {
    form,
    columns: state.columns,
    colours: state.colours,
    widths: state.widths,
    frozen: state.frozen,
    onWidths: (widths: Record<string, number>) => change({ widths }),
    sort: state.sort,
    onSort: sortBy,
    openId: state.open,
    onOpen: open,
    onEdit: () => change({ open: null }),
    held,
    padBottom: selected.size > 0,
  };
  const more = hasNextPage && (
    <Button block loading={isFetchingNextPage} onClick={onEnd}>
      {t("records:more_rows")}
    </Button>
  );

  const body = failed ? (
    failed instanceof Problem && failed.status === 422 ? (
      <Failure
        error={failed}
        actions={
          <>
            {narrowed && (
              <Button onClick={() => change({ filter: "", search: "" })}>{t("records:clear_filter")}</Button>
            )}
            <Button onClick={() => change({ ...plainState(form, usual), filter: "" })}>
              {t("records:restore_default")}
            </Button>
          </>
        }
      />
    ) : (
      <Failure error={failed} retry={() => (inTable ? table.refetch() : void pages.refetch())} />
    )
  ) : state.kind === "board" && state.group ? (
    <Board form={form} by={state.group} shape={shape} sum={sums[0]} onOpen={(row) => open(row, false)} />
  ) : state.kind === "calendar" && state.group ? (
    <Calendar
      form={form}
      by={state.group}
      shape={shape}
      day={state.day}
      span={state.span}
      onMove={(part) => change(part)}
      onOpen={(row) => open(row, false)}
    />
  ) : pending ? (
    <Lines rows={16} />
  ) : none ? (
    <NoRows form={form} state={state} importable={importable} create={createButton} onChange={(part) => change(part)} />
  ) : state.kind === "gallery" ? (
    <>
      <Gallery form={form} picture={state.group} rows={flow} onOpen={(row) => open(row, false)} />
      {more}
    </>
  ) : phone ? (
    <>
      <Cards form={form} rows={flow} held={held} heads={months} onOpen={(row) => open(row, false)} />
      {more}
    </>
  ) : (
    <InlineEdit form={form}>
      {state.group ? (
        <Grouped {...look} by={state.group} shape={shape} sums={sums} selected={selected} onToggle={selection.toggle} />
      ) : (
        <Table
          {...look}
          rows={rows}
          selected={new Set(selected.keys())}
          onSelect={selection.select}
          onSelectAll={(on) => (on ? selection.toggle(rows.near, true) : selection.clear())}
          focused={focused}
          onFocus={setFocused}
          dimmed={table.dimmed}
          scroller={scroller}
        />
      )}
    </InlineEdit>
  );

  const shown = { columns: state.columns, filter: state.filter, search: state.search, sort: [...state.sort] };
  const exporting = !at && <ExportButton form={form} shown={shown} />;
  return (
    <Page fit>
      <Head
        title={label(form)}
        fact={!phone && fact}
        actions={
          phone ? (
            <>
              {exporting}
              <AsOfButton />
            </>
          ) : (
            <>
              <DuplicatesButton form={form} />
              <AsOfButton />
              <BinLink form={form} />
              {importable && (
                <Button
                  icon={<Icon name="upload" size={15} />}
                  onClick={() => void navigate(`/imports/new?form=${form.key}`)}
                >
                  {t("records:import")}
                </Button>
              )}
              {exporting}
              {createButton}
            </>
          )
        }
      />
      <AsOfBar />
      <section className="card card-flush list-card">
        <Tabs
          label={t("records:views")}
          items={tabs}
          active={lists.active}
          onChange={lists.choose}
          extra={
            !phone && (
              <ListTools
                form={form}
                state={state}
                usual={usual}
                lists={lists}
                searchBox={searchBox}
                filtering={filtering}
                onFiltering={setFiltering}
                onChange={change}
              />
            )
          }
        />
        {phone && (
          <PhoneFilter
            form={form}
            state={state}
            lists={lists}
            count={matching.data?.count}
            sum={total ?? null}
            onChange={(part) => change(part)}
          />
        )}
        {!phone && filtering && <ListFilter form={form} state={state} lists={lists} result={sum} onChange={change} />}
        {!at && <ListNews key={JSON.stringify(shape)} form={form.key} />}
        {old && <NotRefreshed retry={() => (inTable ? table.refetch() : void pages.refetch())} />}
        <div className="list-scroll" ref={scroller}>
          {body}
        </div>
      </section>
      {selected.size > 0 && !phone && (
        <BulkBar
          form={form}
          rows={chosen}
          columns={state.columns}
          sum={whole ? (total ?? null) : sums[0] ? addUp(chosen.map((r) => r[sums[0] ?? ""])) : null}
          all={matching.data?.count}
          whole={whole}
          onWhole={() => setWhole(true)}
          chosen={whole ? { filter: state.filter, search: state.search } : { ids: [...selected.keys()] }}
          onClear={selection.clear}
        />
      )}
      <Suspense
        fallback={
          <Side open onClose={() => change({ open: null })}>
            <Lines rows={10} />
          </Side>
        }
      >
        {(state.open !== null || state.creating) && (
          <RecordSide
            form={form}
            id={state.open}
            tab={state.tab}
            onTab={(tab) => change({ tab })}
            onClose={() => change({ open: null, creating: false }, false)}
            onCreated={(id) => change({ creating: false, open: id })}
          />
        )}
      </Suspense>
    </Page>
  );
}
