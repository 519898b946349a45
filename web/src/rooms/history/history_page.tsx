import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Segmented } from "antd";
import dayjs from "dayjs";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Problem } from "@/api";
import {
  Chip,
  Empty,
  Failure,
  Icon,
  Lines,
  Notice,
  Page,
  Tabs,
  toast,
  useClock,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { isRef, type Row, recordQuery, refName, restoreRecord } from "@/rooms/records";
import { Cell } from "@/rooms/records/cell";
import { inOrder } from "@/rooms/records/record_model";
import { daysLeftOf } from "@/rooms/records/state";
import { useCollectionCounts, useCollectionName } from "@/rooms/records/use_collections";
import { useRecordLive } from "@/rooms/together";
import { changesQuery, compareQuery, type Standing, standingQuery, type Told } from "./api";
import { Calendar } from "./calendar";
import { Compare } from "./compare";
import { isDay, isMoment, readable } from "./model";
import { TimeLine } from "./time_line";
import "@/rooms/records/record.css";
import "./history.css";

const HeadChips = lazy(async () => ({ default: (await import("@/rooms/customer")).HeadChips }));

export function HistoryPage() {
  const { form: key = "", id = "" } = useParams();
  const form = useForm(key);
  const { t } = useTranslation();
  const number = Number(id);
  if (!form || !Number.isSafeInteger(number) || number <= 0)
    return <Empty actions={<Link to="/home">{t("shell:page_missing_go")}</Link>}>{t("error_missing")}</Empty>;
  return <HistoryOf key={`${key}.${id}`} form={form} id={number} />;
}

function HistoryOf({ form, id }: { form: Form; id: number }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const standing = useQuery(standingQuery(form.key, id));
  useRecordLive(form, id);
  const record = standing.data;
  const back = () => void navigate(record?.deleted_at ? `/r/${form.key}/deleted` : `/r/${form.key}/${id}`);
  useKeys({ Escape: back });
  if (standing.error instanceof Problem && standing.error.status === 404)
    return (
      <Empty actions={<Link to={`/r/${form.key}`}>{t("history:to_list")}</Link>}>
        {t("records:missing", { noun: form.noun, label: label(form) })}
      </Empty>
    );
  if (standing.isError) return <Failure error={standing.error} retry={() => void standing.refetch()} />;
  if (!record) return <Lines rows={12} />;
  const away = t(record.deleted_at ? "history:to_bin" : "history:to_record");
  return (
    <Page>
      <RecordHead form={form} record={record} away={away} onBack={back} />
      {record.deleted_at && <Deleted form={form} record={record} />}
      <Body form={form} record={record} />
    </Page>
  );
}

/** The record whose past this is, and the way to its other parts. */
function RecordHead({
  form,
  record,
  away,
  onBack,
}: {
  form: Form;
  record: Standing;
  away: string;
  onBack: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const name = useCollectionName(form);
  const counts = useCollectionCounts(form, record.id);
  const now = useQuery({ ...recordQuery(form.key, record.id), enabled: !record.deleted_at }).data;
  const title = t("history:title", { name: record.title });
  useEffect(() => {
    document.title = `${title} · ${t("product")}`;
  }, [title, t]);
  const row: Row | undefined = now && { id: now.id, ...now.values };
  const known = form.fields.filter((f) => row && f.key in row);
  const card = known.filter((f) => form.card?.includes(f.key));
  const chips = form.overview
    ? []
    : [...card.filter((f) => f.kind === "select"), ...known.filter((f) => daysLeftOf(f) !== null)];
  const names = card.flatMap((f) => {
    const value = row?.[f.key];
    return ["relation", "person"].includes(f.kind) && isRef(value) ? (refName(value) ?? []) : [];
  });
  const at = `/r/${form.key}/${record.id}`;
  const tab = (key: string, text: string) => ({ key, label: text, to: `${at}?tab=${key}` });
  return (
    <section className="card card-flush past-head">
      <div className="record-head">
        <button type="button" className="icon-button" aria-label={away} title={away} onClick={onBack}>
          <Icon name="leftward" size={phone ? 20 : 16} />
        </button>
        <div className="record-title">
          <div className="record-name">
            <h1 className="cut">{record.title}</h1>
            {record.deleted_at && <Chip tone="warn">{t("history:deleted")}</Chip>}
            {form.overview && now && (
              <Suspense fallback={null}>
                <HeadChips form={form} record={now} />
              </Suspense>
            )}
            {row && chips.map((f) => <Cell key={f.key} field={f} value={row[f.key]} row={row} />)}
          </div>
          <span className="grey past-facts">
            {[label(form), ...names, t("history:version", { n: record.version })].join(" · ")}
          </span>
        </div>
      </div>
      {!record.deleted_at && (
        <Tabs
          label={t("records:parts")}
          active="history"
          items={[
            { key: "overview", label: t("records:overview"), to: at },
            ...inOrder(form).map((c) => ({ ...tab(c.key, name(c)), count: counts.get(c.key) })),
            tab("tasks", t("records:tasks")),
            tab("plan", t("records:plan")),
            tab("messages", t("records:messages")),
            tab("comments", t("together:comments")),
            { key: "history", label: t("records:history"), to: `${at}/history` },
          ]}
        />
      )}
    </section>
  );
}

function Deleted({ form, record }: { form: Form; record: Standing }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const restore = useMutation({
    mutationFn: () => restoreRecord(form.key, record.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["records"] });
      toast({ text: t("history:record_restored", { name: record.title }) });
    },
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });
  return (
    <Notice
      tone="warn"
      icon="trash"
      action={
        record.may.includes("delete") && (
          <Button size="small" type="primary" loading={restore.isPending} onClick={() => restore.mutate()}>
            {t("history:restore")}
          </Button>
        )
      }
    >
      {t("history:deleted_at", { at: readable(record.deleted_at ?? "") })}
    </Notice>
  );
}

function Body({ form, record }: { form: Form; record: Standing }) {
  const { t } = useTranslation();
  const { today } = useClock();
  const [params, setParams] = useSearchParams();
  const asked = params.get("a") ?? "";
  // nobody asked yet: the last change is what one comes for
  const last = useInfiniteQuery({ ...changesQuery(form.key, record.id, "", []), enabled: !asked }).data?.pages[0]
    ?.changes[0];
  const own = !asked && last?.op === "update" && last.row === null ? last : undefined;
  const a = own ? `b${own.id}` : asked;
  const b = own ? `c${own.id}` : params.get("b") || "now";
  const set = (part: Record<string, string>) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        for (const [name, value] of Object.entries(part)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  const [every, setEvery] = useState(false);
  const fields = useQuery({ ...compareQuery(form.key, record.id, a, b), enabled: a !== "" }).data?.fields;
  const beside = useRef<HTMLElement>(null);
  const phone = usePhone();
  const show = (part: Record<string, string>) => {
    set(part);
    if (phone) beside.current?.scrollIntoView({ block: "start" }); // it stands below, out of sight
  };
  const choose = (change: Told) => show({ a: `b${change.id}`, b: `c${change.id}` });
  return (
    <div className="past-page">
      <div className="past-left">
        <Calendar
          form={form}
          id={record.id}
          moment={isMoment(a) ? a : ""}
          created={record.created_at}
          last={last?.at.slice(0, 10)}
          onChoose={(at) => show({ a: at, b: "" })}
        />
        <TimeLine
          form={form}
          id={record.id}
          field={params.get("field") ?? ""}
          who={params.get("who") ?? ""}
          chosen={b}
          onFilter={set}
          onChoose={choose}
        />
      </div>
      <section className="card past-compare" ref={beside}>
        <div className="card-head">
          <h2>{t("history:compare")}</h2>
          <Pick name="A" value={a} today={today} onPick={(at) => set({ a: at })} />
          {a && (
            <>
              <button
                type="button"
                className="icon-button"
                aria-label={t("history:swap")}
                title={t("history:swap")}
                onClick={() => set({ a: b, b: a })}
              >
                <span aria-hidden>⇄</span>
              </button>
              <Pick name="B" value={b} today={today} onPick={(at) => set({ b: at })} />
              <span className="spread" />
              {a.startsWith("b") && b !== "now" && (
                <Button size="small" onClick={() => set({ a: b, b: "" })}>
                  {t("history:with_now")}
                </Button>
              )}
              {fields && (
                <Segmented
                  size="small"
                  value={every}
                  options={[
                    {
                      value: false,
                      label: t("history:only_different", { count: fields.filter((f) => f.changed).length }),
                    },
                    { value: true, label: t("history:all_of", { count: fields.length }) },
                  ]}
                  onChange={setEvery}
                />
              )}
            </>
          )}
        </div>
        {a ? (
          <Compare key={`${a}.${b}`} form={form} standing={record} a={a} b={b} every={every} />
        ) : (
          <Empty>{t("history:choose")}</Empty>
        )}
      </section>
    </div>
  );
}

/** One side: a day, now, or a moment that the time line chose. */
function Pick({
  name,
  value,
  today,
  onPick,
}: {
  name: "A" | "B";
  value: string;
  today: string;
  onPick: (at: string) => void;
}) {
  const { t } = useTranslation();
  const kind = value[0];
  const said =
    value === "now"
      ? t("history:now")
      : kind === "b"
        ? t("history:before_change")
        : kind === "c"
          ? t("history:after_change")
          : undefined;
  return (
    <span className="row past-pick-side">
      <b className={`past-side past-side-${name}`}>{name}</b>
      <DatePicker
        size="small"
        aria-label={t("history:moment_of", { name })}
        className={said ? "past-said" : undefined}
        placeholder={said ?? t("history:day")}
        format={isDay(value) ? "YYYY-MM-DD" : "YYYY-MM-DD HH:mm"}
        value={isMoment(value) ? dayjs(value) : null}
        disabledDate={(one) => one.format("YYYY-MM-DD") > today}
        onChange={(one) => onPick(one ? one.format("YYYY-MM-DD") : name === "B" ? "" : "now")}
      />
    </span>
  );
}
