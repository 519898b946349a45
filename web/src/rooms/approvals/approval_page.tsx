import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { keys } from "@/api";
import {
  Card,
  Chip,
  Failure,
  FieldError,
  Head,
  Icon,
  Lines,
  Moment,
  Notice,
  NotRefreshed,
  Page,
  useAsk,
  useClock,
  useKeys,
  usePhone,
} from "@/kit";
import { type Field, useForm, useLabel } from "@/rooms/forms";
import { type Row, recordQuery } from "@/rooms/records";
import { Cell } from "@/rooms/records/cell";
import { FieldInput } from "@/rooms/records/inputs";
import { counting, daysLeftOf } from "@/rooms/records/state";
import { useLive } from "@/rooms/together";
import { ActDialog, type Asked } from "./act_dialog";
import { type Act, type Approval, approvalQuery, approvalsQuery, markRead } from "./api";
import { Bar } from "./bar";
import { Changes } from "./changes";
import { ToFill, ToRead } from "./fields";
import { headOf, nextAfter, opinionNeeded, placeOf } from "./model";
import { Trail } from "./trail";
import { FILES, SIGNATURE, useDecision } from "./use_decision";
import "@/rooms/records/record.css";
import "./approvals.css";

const DIALOGS: readonly Act[] = ["reject", "return", "transfer", "delegate", "add"];

const IN_DIALOG = new Set(["", "opinion", "to", "how", "people", "person", "where"]);

/** One approval, by any of its votes. */
export function ApprovalPage() {
  const { t } = useTranslation();
  const vote = Number(useParams().vote);
  const client = useQueryClient();
  const found = useQuery(approvalQuery(vote));
  const again = () => void client.invalidateQueries({ queryKey: keys.approvals });
  const form = found.data?.form ?? "";
  useLive("*", again, ["task"]);
  useLive(form, () => {
    again();
    void client.invalidateQueries({ queryKey: keys.form(form) });
  });
  if (!found.data) {
    return (
      <Page>
        <Head title={t("approvals:title")} />
        {found.isError ? (
          <Failure
            error={found.error}
            retry={() => void found.refetch()}
            actions={<Link to="/approvals">{t("approvals:to_list")}</Link>}
          />
        ) : (
          <Lines rows={12} />
        )}
      </Page>
    );
  }
  return <Opened key={vote} page={found.data} stale={found.isError} onRetry={() => void found.refetch()} />;
}

/** What I had not seen stays marked while the page is open; it is read when I leave, or at once when nothing is new. */
function useRead(page: Approval) {
  const fresh = page.changed.length === 0;
  const marked = useRef(fresh);
  useEffect(() => {
    const read = () => void markRead(page.vote).catch(() => undefined);
    if (marked.current) {
      read();
      return;
    }
    return read;
  }, [page.vote]);
}

function Opened({ page, stale, onRetry }: { page: Approval; stale: boolean; onRetry: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const client = useQueryClient();
  const ask = useAsk();
  const { now } = useClock();
  const phone = usePhone();
  const form = useForm(page.form);
  const readable = page.record_title !== null && form !== undefined;
  const record = useQuery({ ...recordQuery(page.form, page.record_id), enabled: readable });
  const older = record.data !== undefined && page.version !== null && record.data.version < page.version;
  useEffect(() => {
    if (older) void client.invalidateQueries({ queryKey: keys.record(page.form, page.record_id) });
  }, [older, client, page.form, page.record_id]);
  const mine = useInfiniteQuery(approvalsQuery("mine"));
  const rows = useMemo(() => mine.data?.pages.flatMap((one) => one.rows) ?? [], [mine.data]);
  const place = placeOf(rows, page.vote);
  const waiting = mine.data?.pages[0]?.waiting ?? 0;
  const [every, setEvery] = useState(false);
  const [dialog, setDialog] = useState<Asked | null>(null);
  useRead(page);

  const done = () => {
    setDialog(null);
    const next = nextAfter(rows, page.vote);
    void navigate(next === null ? "/approvals" : `/approvals/${next}`, { replace: true });
  };
  const decision = useDecision(page, form, done);
  const may = (act: Act) => page.may.includes(act);
  useEffect(() => {
    // somebody was first: it stands in my list no more
    if (!page.mine) void client.invalidateQueries({ queryKey: approvalsQuery("mine").queryKey });
  }, [page.mine, client]);
  useEffect(() => {
    const wrong = Object.keys(decision.faults);
    if (wrong.some((key) => !IN_DIALOG.has(key))) setDialog(null); // what is missing stands on the page
    if (wrong.length > 0)
      setTimeout(() => document.querySelector(".approval-column .field-error")?.scrollIntoView({ block: "center" }));
  }, [decision.faults]);
  const main = may("give") ? "give" : "approve";

  async function act(what: Act, byKey = false) {
    decision.clear();
    if (DIALOGS.includes(what)) setDialog(what as Asked);
    else if (what === "withdraw") {
      const sure = await ask({
        title: t("approvals:ask_withdraw", { title: page.title }),
        effect: t("approvals:withdraw_fact"),
        verb: t("approvals:act_withdraw"),
      });
      if (sure) decision.act("withdraw");
    } else if (what === "urge") decision.act("urge");
    else if ((opinionNeeded(page, what) && !decision.opinion.trim()) || (!byKey && phone)) setDialog(what as Asked);
    else decision.act(what);
  }
  const go = (vote: number | null | undefined) => vote && (() => void navigate(`/approvals/${vote}`));
  const idle = dialog === null && decision.busy === null;
  useKeys({
    a: idle && page.mine && (() => void act(main, true)),
    r: idle && may("return") && (() => void act("return")),
    t: idle && may("transfer") && (() => void act("transfer")),
    j: (idle && go(place?.after)) || undefined,
    k: (idle && go(place?.before)) || undefined,
  });

  const title = headOf(page);
  const late = page.due_at !== null && Date.parse(page.due_at) < Date.parse(now);
  const days = form?.fields.find((field) => daysLeftOf(field) !== null);
  const row: Row | undefined = record.data && { ...record.data.values, id: page.record_id };
  const whole = decision.faults[""] ?? "";
  const places = ["", "opinion", "files", "signature", "to", "people", "person"];
  const hidden = Object.entries(decision.faults)
    .filter(([key]) => !places.includes(key) && !page.fields.some((one) => one.field === key && one.right !== "read"))
    .map(([, text]) => text);
  return (
    <div className="approval-shell">
      <Page>
        <nav className="approval-way-back row">
          <Link to="/approvals">{t("approvals:title")}</Link>
          <span className="grey cut">
            {label({ label: page.process_label, label_en: page.process_label_en })}
            {page.submitter && ` · ${t("approvals:submitted_by", { name: page.submitter.name })}`}
          </span>
          <span className="spread" />
          {place && (
            <>
              <span className="grey nowrap">{t("approvals:place", { number: place.number, count: waiting })}</span>
              <Neighbour to={place.before} icon="leftward" name={t("approvals:previous")} hint="K" />
              <Neighbour to={place.after} icon="rightward" name={t("approvals:next")} hint="J" />
            </>
          )}
        </nav>
        <Head
          title={title}
          actions={
            <span className="row approval-chips">
              {page.round > 1 && <Chip tone="review">{t("approvals:round", { round: page.round })}</Chip>}
              {days && row && counting(days, row) && <Cell field={days} value={row[days.key]} row={row} />}
              {page.mine && page.due_at && (
                <span className={late ? "bad" : "grey-2"}>
                  {t(late ? "approvals:was_due" : "approvals:due")} <Moment value={page.due_at} />
                  {page.workdays_left !== null && <Workdays left={page.workdays_left} late={late} />}
                </span>
              )}
            </span>
          }
        />
        {stale && <NotRefreshed retry={onRetry} />}
        {[whole, ...hidden].filter(Boolean).map((text) => (
          <Notice key={text} tone={page.mine ? "urgent" : "info"} icon="info">
            {text}
          </Notice>
        ))}
        <div className="approval-columns">
          <div className="approval-column">
            {page.changed.length > 0 && form && <Changes page={page} form={form} every={every} onEvery={setEvery} />}
            {!readable ? (
              <Card>
                <p className="row grey-2">
                  <Icon name="lock" size={14} />
                  {t("approvals:unreadable")}
                </p>
              </Card>
            ) : record.data ? (
              <>
                <ToFill
                  page={page}
                  form={form}
                  record={record.data}
                  typed={decision.typed}
                  faults={decision.faults}
                  onChange={decision.put}
                />
                <ToRead
                  page={page}
                  form={form}
                  record={record.data}
                  every={every || (page.changed.length === 0 && !(phone && form.card?.length))}
                  onEvery={() => setEvery(true)}
                />
              </>
            ) : record.isError ? (
              <Failure error={record.error} retry={() => void record.refetch()} />
            ) : (
              <Card>
                <Lines rows={5} />
              </Card>
            )}
            {page.mine && may("approve") && (page.attachments || page.signature) && (
              <Card title={t("approvals:with_opinion")}>
                <div className="approval-form">
                  {page.attachments && (
                    <Extra kind="attachment" name={FILES} fault={decision.faults.files} decision={decision} />
                  )}
                  {page.signature && (
                    <Extra kind="signature" name={SIGNATURE} fault={decision.faults.signature} decision={decision} />
                  )}
                </div>
              </Card>
            )}
          </div>
          <Trail page={page} onChanged={() => void client.invalidateQueries({ queryKey: keys.approvals })} />
        </div>
      </Page>
      <Bar
        page={page}
        opinion={decision.opinion}
        faults={decision.faults}
        busy={decision.busy}
        onOpinion={decision.setOpinion}
        onAct={(what) => void act(what)}
      />
      {dialog && page.mine && (
        <ActDialog
          act={dialog}
          page={page}
          opinion={decision.opinion}
          faults={decision.faults}
          busy={decision.busy !== null}
          onOpinion={decision.setOpinion}
          onAct={(chosen) => decision.act(dialog, chosen)}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  );
}

/** 还剩 1 个工作日, 已超 2 个工作日; nothing on the day itself. */
function Workdays({ left, late }: { left: number; late: boolean }) {
  const { t } = useTranslation();
  if (left === 0) return null;
  return (
    <> · {late ? t("approvals:late_workdays", { count: -left }) : t("approvals:workdays_left", { count: left })}</>
  );
}

function Neighbour({
  to,
  icon,
  name,
  hint,
}: {
  to: number | null;
  icon: "leftward" | "rightward";
  name: string;
  hint: string;
}) {
  if (to === null) return null;
  return (
    <Link to={`/approvals/${to}`} className="icon-button approval-neighbour" aria-label={name} title={hint}>
      <Icon name={icon} size={15} />
    </Link>
  );
}

/** Files or a signature that go with the decision. */
function Extra({
  kind,
  name,
  fault,
  decision,
}: {
  kind: "attachment" | "signature";
  name: string;
  fault: string | undefined;
  decision: ReturnType<typeof useDecision>;
}) {
  const { t } = useTranslation();
  const field: Field = { key: name, label: "", kind };
  return (
    <div className="labelled wide">
      <label htmlFor={`approval-${kind}`}>
        {t(`approvals:${kind}`)}
        {kind === "signature" && <span className="bad"> *</span>}
      </label>
      <Suspense fallback={null}>
        <FieldInput
          id={`approval-${kind}`}
          field={field}
          value={decision.typed[name]}
          wrong={fault !== undefined}
          onChange={(value) => decision.put(name, value)}
        />
      </Suspense>
      {fault && <FieldError>{fault}</FieldError>}
    </div>
  );
}
