import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Problem } from "@/api";
import {
  Chip,
  Empty,
  Failure,
  Head,
  Icon,
  Lines,
  Notice,
  Page,
  toast,
  useClock,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { type Form, useForm, useLabel } from "@/rooms/forms";
import { restoreRecord } from "@/rooms/records";
import { useRecordLive } from "@/rooms/together";
import { type Standing, standingQuery, type Told } from "./api";
import { Calendar } from "./calendar";
import { Compare } from "./compare";
import { isDay, readable } from "./model";
import { TimeLine } from "./time_line";
import "./history.css";

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
  const phone = usePhone();
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
      <Head
        title={t("history:title", { name: record.title })}
        fact={
          <>
            {label(form)} · {t("history:version", { n: record.version })}
            {record.deleted_at && (
              <>
                {" "}
                <Chip tone="warn">{t("history:deleted")}</Chip>
              </>
            )}
          </>
        }
        actions={
          <Button icon={<Icon name="leftward" size={14} />} aria-label={away} onClick={back}>
            {phone ? null : away}
          </Button>
        }
      />
      {record.deleted_at && <Deleted form={form} record={record} />}
      <Body form={form} record={record} />
    </Page>
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
  const a = params.get("a") ?? "";
  const b = params.get("b") || "now";
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
  const choose = (change: Told) => set({ a: `b${change.id}`, b: `c${change.id}` });
  return (
    <div className="past-page">
      <div className="past-left">
        <Calendar form={form} id={record.id} chosen={isDay(a) ? a : ""} onChoose={(day) => set({ a: day, b: "" })} />
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
      <section className="card past-compare">
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
                <Icon name="sort" size={15} />
              </button>
              <Pick name="B" value={b} today={today} onPick={(at) => set({ b: at })} />
              <span className="spread" />
              {a.startsWith("b") && b !== "now" && (
                <Button size="small" onClick={() => set({ a: b, b: "" })}>
                  {t("history:with_now")}
                </Button>
              )}
            </>
          )}
        </div>
        {a ? (
          <Compare key={`${a}.${b}`} form={form} standing={record} a={a} b={b} />
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
        placeholder={said ?? t("history:day")}
        value={isDay(value) ? dayjs(value) : null}
        disabledDate={(one) => one.format("YYYY-MM-DD") > today}
        onChange={(one) => onPick(one ? one.format("YYYY-MM-DD") : name === "B" ? "" : "now")}
      />
    </span>
  );
}
