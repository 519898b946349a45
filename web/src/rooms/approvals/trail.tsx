import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Chip, Icon, type IconName, Moment, toast, usePhone, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { FileLink } from "@/rooms/records/file_link";
import { SealLine } from "@/rooms/records/seal_line";
import { type Approval, type ApprovalStep, fileBase, removeSigner, type Vote } from "./api";
import { LOOKS, whose } from "./model";
import "./trail.css";

const FOLDED = 3; // what a phone shows of it at first

/** What happened before, how each vote stands, who is next. */
export function Trail({ page, onChanged }: { page: Approval; onChanged: () => void }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const [all, setAll] = useState(false);
  const label = useLabel();
  const shown = phone && !all ? page.trail.slice(-FOLDED) : page.trail;
  const next = page.onward.find((one) => one.outcome === "approved");
  const open = page.approval_state === "open";
  return (
    <Card
      className="approval-trail"
      title={t("approvals:trail")}
      extra={
        shown.length < page.trail.length && (
          <Button type="link" size="small" onClick={() => setAll(true)}>
            {t("approvals:all_steps", { count: page.trail.length })}
          </Button>
        )
      }
    >
      <ol>
        {shown.map((step, n) =>
          step.kind === "task" ? (
            <Step
              key={n}
              icon="check"
              tone="brand"
              title={label({ label: step.label, label_en: step.label_en })}
              fact={label({ label: step.outcome_label, label_en: step.outcome_label_en })}
              who={step.by.name}
              at={step.at}
            >
              {step.sealed.map((one) => (
                <SealLine key={one.file} seal={one} />
              ))}
            </Step>
          ) : step.kind === "system" ? (
            <Step
              key={n}
              icon="check"
              tone="plain"
              title={label({ label: step.label, label_en: step.label_en })}
              who={t("approvals:by_system")}
              at={step.at}
            />
          ) : step.kind === "return" ? (
            <Step
              key={n}
              icon="undo"
              tone="urgent"
              title={
                step.vote === null
                  ? t("approvals:withdrawn")
                  : t("approvals:returned_to", { step: label({ label: step.label, label_en: step.label_en }) })
              }
              fact={step.vote === null ? "" : t(`approvals:how_${step.how}`)}
              who={step.by?.name ?? ""}
              at={step.at}
              opinion={step.opinion}
              bad
            />
          ) : (
            <Signing key={n} step={step} page={page} onChanged={onChanged} />
          ),
        )}
        {open && next && (
          <li className="trail-step trail-next">
            <span className="trail-mark trail-plain" />
            <div>
              <p className="grey-2">
                {next.kind === "end"
                  ? t("approvals:then_over")
                  : t("approvals:then", { step: label({ label: next.label, label_en: next.label_en }) })}
              </p>
            </div>
          </li>
        )}
      </ol>
    </Card>
  );
}

function Step({
  icon,
  tone,
  title,
  fact,
  who,
  at,
  opinion = "",
  bad = false,
  children,
}: {
  icon: IconName;
  tone: string;
  title: string;
  fact?: string;
  who: string;
  at: string;
  opinion?: string;
  bad?: boolean;
  children?: ReactNode;
}) {
  return (
    <li className="trail-step">
      <span className={`trail-mark trail-${tone}`}>
        <Icon name={icon} size={12} />
      </span>
      <div>
        <p className="row">
          <b className="cut">{title}</b>
          {fact && <span className="grey cut">{fact}</span>}
        </p>
        <p className="row grey-2">
          <span className="spread cut">{who}</span>
          <Moment value={at} />
        </p>
        {opinion && <p className={`trail-opinion ${bad ? "trail-opinion-bad" : ""}`}>{opinion}</p>}
        {children}
      </div>
    </li>
  );
}

/** One approval of the trail with all its votes. */
function Signing({ step, page, onChanged }: { step: ApprovalStep; page: Approval; onChanged: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const look = LOOKS[step.state === "open" ? "asked" : step.state];
  return (
    <li
      className={`trail-step ${step.current ? "trail-current" : ""}`}
      aria-current={step.current ? "step" : undefined}
    >
      <span className={`trail-mark trail-${look.tone}`}>
        <Icon name={look.icon} size={12} />
      </span>
      <div>
        <p className="row">
          <b className="cut">{label({ label: step.label, label_en: step.label_en })}</b>
          {step.round > 1 && <Chip tone="review">{t("approvals:round", { round: step.round })}</Chip>}
          {step.votes.length > 1 && (
            <span className="grey nowrap">
              {t(`approvals:mode_${step.mode}`, { percent: Math.round(step.ratio * 100) })}
            </span>
          )}
          <span className="spread" />
          <span className="grey nowrap">{t(`approvals:approval_${step.state}`)}</span>
        </p>
        <ul>
          {step.votes.map((vote) => (
            <VoteRow key={vote.id} vote={vote} page={page} onChanged={onChanged} />
          ))}
        </ul>
      </div>
    </li>
  );
}

function VoteRow({ vote, page, onChanged }: { vote: Vote; page: Approval; onChanged: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const problemText = useProblemText();
  const look = LOOKS[vote.state];
  const names = whose(vote);
  const role = vote.role ? label({ label: vote.role, label_en: vote.role_en }) : "";
  const isMe = (vote.decided_by ?? vote.turn ?? vote.person)?.id === me.id;
  const remove = useMutation({
    mutationFn: () => removeSigner(vote.id),
    onSuccess: () => toast({ text: t("approvals:removed", { name: names.join("、") }) }),
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
    onSettled: onChanged,
  });
  const bad = vote.state === "rejected" || vote.state === "returned";
  const why = ["empty", "repeated", "timeout", "changed"].includes(vote.why ?? "") ? vote.why : null;
  return (
    <li className={`trail-vote ${vote.counts ? "" : "trail-gone"}`}>
      <p className="row">
        <span className={`trail-small trail-${look.tone}`}>
          <Icon name={look.icon} size={11} />
        </span>
        <span className="cut spread" title={[role, ...names].join(" ")}>
          {role && <span className="grey-2">{role} </span>}
          <b>{names.join("、") || (role ? "" : t("approvals:nobody"))}</b>
          {isMe && t("approvals:me")}
        </span>
        <span className={bad ? "bad nowrap" : "grey-2 nowrap"}>{t(`approvals:vote_${vote.state}`)}</span>
      </p>
      <p className="trail-facts grey">
        {vote.kind !== "signer" && vote.by && <span>{t(`approvals:made_${vote.kind}`, { name: vote.by.name })}</span>}
        {vote.kind === "signer" && vote.by && vote.of && (
          <span>{t("approvals:handed_by", { name: vote.by.name })}</span>
        )}
        {vote.found_by === "deputy" && <span>{t("approvals:as_deputy")}</span>}
        {why && <span>{t(`approvals:why_${why}`)}</span>}
        {vote.decided_at ? (
          <Moment value={vote.decided_at} />
        ) : vote.state === "asked" && vote.due_at ? (
          <span>
            {t("approvals:until")} <Moment value={vote.due_at} />
          </span>
        ) : null}
        {vote.urged_at && vote.state === "asked" && (
          <span>
            {t("approvals:urged_at")} <Moment value={vote.urged_at} />
          </span>
        )}
        {page.removable.includes(vote.id) && (
          <Button type="link" size="small" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t("approvals:remove")}
          </Button>
        )}
      </p>
      {vote.opinion && <p className={`trail-opinion ${bad ? "trail-opinion-bad" : ""}`}>{vote.opinion}</p>}
      {(vote.files.length > 0 || vote.signature) && (
        <p className="trail-files">
          {vote.files.map((file) => (
            <FileLink key={file.file} file={file} href={`${fileBase(vote.id)}/${file.file}`} thumb />
          ))}
          {vote.signature && (
            <img
              className="signature"
              src={`${fileBase(vote.id)}/${vote.signature.file}`}
              alt={t("approvals:signature_of", { name: names.join("、") })}
            />
          )}
        </p>
      )}
    </li>
  );
}
