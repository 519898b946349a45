import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Input } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { keys } from "@/api";
import {
  Chip,
  Empty,
  Fetched,
  FieldError,
  Head,
  Icon,
  Kbd,
  Moment,
  Notice,
  Page,
  Tabs,
  toast,
  useClock,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useLive } from "@/rooms/together";
import { type ApprovalRow, approvalsQuery, decideMany, type View } from "./api";
import { headOf, LOOKS, VIEWS, viewOf } from "./model";
import "@/rooms/records/list.css";
import "./approvals.css";

/** 审批: what waits for me, what I decided, what I submitted, what I have a copy of. */
export function ApprovalsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [params] = useSearchParams();
  const view = viewOf(params.get("view"));
  const found = useInfiniteQuery(approvalsQuery(view));
  const rows = useMemo(() => found.data?.pages.flatMap((one) => one.rows) ?? [], [found.data]);
  const waiting = found.data?.pages[0]?.waiting;
  useLive("*", () => void client.invalidateQueries({ queryKey: keys.approvals }), ["task", "form"]);
  const tabs = VIEWS.map((one) => ({
    key: one,
    label: t(`approvals:view_${one}`),
    to: one === "mine" ? "/approvals" : `/approvals?view=${one}`,
    ...(one === "mine" ? { count: waiting } : {}),
  }));
  return (
    <Page fit>
      <Head title={t("approvals:title")} tabs={<Tabs label={t("approvals:title")} items={tabs} active={view} />} />
      <section className="card card-flush approval-card">
        <div className="list-scroll">
          <Fetched
            of={found}
            rows={8}
            height={56}
            none={found.data && rows.length === 0 && <Empty>{t(`approvals:none_${view}`)}</Empty>}
          >
            {() => (
              <>
                <Rows key={view} rows={rows} view={view} />
                {found.hasNextPage && (
                  <div className="approval-more">
                    <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                      {t("approvals:read_on")}
                    </Button>
                  </div>
                )}
              </>
            )}
          </Fetched>
        </div>
      </section>
    </Page>
  );
}

function Rows({ rows, view }: { rows: readonly ApprovalRow[]; view: View }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const navigate = useNavigate();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [focusedId, setFocusedId] = useState<number | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [opinion, setOpinion] = useState("");
  const [refused, setRefused] = useState<readonly { vote: number; text: string }[]>([]);
  const box = useRef<HTMLDivElement>(null);
  const at = rows.findIndex((one) => one.vote === focusedId);
  const focused = rows[at];
  const together = view === "mine";
  const picked = rows.filter((one) => chosen.has(one.vote) && one.at_once).map((one) => one.vote);

  const decision = useMutation({
    mutationFn: (outcome: "approved" | "rejected") => decideMany(picked, outcome, opinion),
    onSuccess: async (answer, outcome) => {
      setRefused(answer.refused);
      setChosen(new Set(answer.refused.map((one) => one.vote)));
      if (answer.refused.length === 0) setOpinion("");
      if (answer.done.length > 0) toast({ text: t(`approvals:many_${outcome}`, { count: answer.done.length }) });
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.approvals }),
        client.invalidateQueries({ queryKey: keys.allTasks }),
      ]),
  });
  const toggle = (one: ApprovalRow) => {
    if (!one.at_once) return;
    const next = new Set(chosen);
    if (!next.delete(one.vote)) next.add(one.vote);
    setChosen(next);
  };
  const move = (by: number) => {
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) setFocusedId(next.vote);
  };
  const open = (one: ApprovalRow) => void navigate(`/approvals/${one.vote}`);
  useEffect(() => {
    if (focusedId !== null) box.current?.querySelector(".approval-row.focused")?.scrollIntoView({ block: "nearest" });
  }, [focusedId]);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: focused && (() => open(focused)),
    x: together && focused?.at_once && (() => toggle(focused)),
    // nothing chosen: the row is chosen first, so that one key alone decides nothing
    a:
      together &&
      (picked.length ? () => !decision.isPending && decision.mutate("approved") : focused && (() => toggle(focused))),
    Escape: chosen.size > 0 && (() => setChosen(new Set())),
  });
  const able = rows.filter((one) => one.at_once);
  return (
    <div ref={box} className={picked.length ? "with-approval-bulk" : ""}>
      {together && able.length > 1 && (
        <div className="approval-all">
          <Checkbox
            checked={picked.length === able.length}
            indeterminate={picked.length > 0 && picked.length < able.length}
            onChange={(e) => setChosen(new Set(e.target.checked ? able.map((one) => one.vote) : []))}
          >
            {t("approvals:choose_all", { count: able.length })}
          </Checkbox>
        </div>
      )}
      {refused.length > 0 && (
        <Notice
          tone="urgent"
          icon="bang"
          action={
            <Button size="small" onClick={() => setRefused([])}>
              {t("close")}
            </Button>
          }
        >
          {t("approvals:refused", { count: refused.length })}
          {refused.map((one) => {
            const row = rows.find((r) => r.vote === one.vote);
            return (
              <span key={one.vote} className="approval-said">
                {row ? `${headOf(row)}: ` : ""}
                {one.text}
              </span>
            );
          })}
        </Notice>
      )}
      <div role="list">
        {rows.map((one) => (
          <ListRow
            key={one.vote}
            row={one}
            view={view}
            focused={one.vote === focusedId}
            chosen={chosen.has(one.vote)}
            onFocus={() => setFocusedId(one.vote)}
            onChoose={together ? () => toggle(one) : null}
          />
        ))}
      </div>
      {!phone && together && (
        <p className="approval-keys grey">
          <Kbd>J</Kbd>
          <Kbd>K</Kbd> {t("tasks:keys_move")}
          {able.length > 0 && (
            <>
              <Kbd>X</Kbd> {t("tasks:key_choose")} <Kbd>A</Kbd> {t("approvals:act_approve")}
            </>
          )}
          <Kbd>Enter</Kbd> {t("open")}
        </p>
      )}
      {picked.length > 0 && (
        <div className="bulk approval-bulk" role="toolbar" aria-label={t("approvals:chosen_tools")}>
          <b className="nowrap">{t("approvals:chosen", { count: picked.length })}</b>
          <Input
            aria-label={t("approvals:opinion")}
            placeholder={t("approvals:opinion_many")}
            maxLength={4000}
            value={opinion}
            onChange={(e) => setOpinion(e.target.value)}
          />
          <Button
            danger
            disabled={decision.isPending || opinion.trim() === ""}
            title={opinion.trim() === "" ? t("approvals:reject_many_why") : ""}
            onClick={() => decision.mutate("rejected")}
          >
            {t("approvals:reject_many", { count: picked.length })}
          </Button>
          <Button type="primary" title="A" loading={decision.isPending} onClick={() => decision.mutate("approved")}>
            {t("approvals:approve_many", { count: picked.length })}
          </Button>
          <button type="button" className="bare nowrap" onClick={() => setChosen(new Set())}>
            {t("records:unselect")}
          </button>
          {decision.isError && <FieldError>{problemText(decision.error)}</FieldError>}
        </div>
      )}
    </div>
  );
}

function ListRow({
  row,
  view,
  focused,
  chosen,
  onFocus,
  onChoose,
}: {
  row: ApprovalRow;
  view: View;
  focused: boolean;
  chosen: boolean;
  onFocus: () => void;
  onChoose: (() => void) | null;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { now } = useClock();
  const title = headOf(row);
  const late = row.due_at !== null && Date.parse(row.due_at) < Date.parse(now);
  const look = LOOKS[row.state];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's keys do the same
    <div
      className={`approval-row ${focused ? "focused" : ""} ${chosen ? "chosen" : ""}`}
      role="listitem"
      aria-current={focused}
      onClick={onFocus}
    >
      {onChoose ? (
        <Checkbox
          checked={chosen}
          disabled={!row.at_once}
          aria-label={t("tasks:choose", { title })}
          title={row.at_once ? "" : t("approvals:alone")}
          onChange={onChoose}
        />
      ) : (
        <Icon name={look.icon} size={15} />
      )}
      <span className="approval-title">
        <Link to={`/approvals/${row.vote}`} className="bare-link cut" title={title}>
          <b>{title}</b>
        </Link>
        {row.round > 1 && <Chip tone="review">{t("approvals:round", { round: row.round })}</Chip>}
        {row.kind === "opinion" && <Chip tone="info">{t("approvals:opinion_asked")}</Chip>}
        {view === "copied" && row.read_at === null && <Chip tone="info">{t("approvals:unread")}</Chip>}
      </span>
      <span className="grey-2 cut">
        {label({ label: row.process_label, label_en: row.process_label_en })} ·{" "}
        {label({ label: row.label, label_en: row.label_en })}
      </span>
      <span className="grey-2 cut">
        {row.submitter ? t("approvals:submitted_by", { name: row.submitter.name }) : ""}
      </span>
      <span className="approval-when">
        {view === "mine" ? (
          row.due_at ? (
            <span className={late ? "bad" : "grey-2"}>
              {t(late ? "approvals:was_due" : "approvals:until")} <Moment value={row.due_at} />
            </span>
          ) : (
            <span className="grey">
              <Moment value={row.asked_at ?? row.opened_at} />
            </span>
          )
        ) : (
          <>
            <span className={row.state === "rejected" || row.state === "returned" ? "bad" : "grey-2"}>
              {t(view === "done" ? `approvals:vote_${row.state}` : `approvals:approval_${row.approval_state}`)}
            </span>{" "}
            <span className="grey">
              <Moment value={view === "done" ? row.decided_at : row.opened_at} />
            </span>
          </>
        )}
      </span>
    </div>
  );
}
