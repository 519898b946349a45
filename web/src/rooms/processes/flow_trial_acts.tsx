/** Where a trial stands, and what can happen there: time passes, somebody does their task or decides. */
import { Button, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api";
import { FieldError, Icon, Moment, useProblemText } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import { FieldInput } from "@/rooms/records/inputs";
import { toSend, type Values } from "@/rooms/records/record_model";
import { nodeOf, type ProcessTree } from "./flow_tree";
import { actsOf, askedOf, type Choice, FILES, nthOf, type Stand } from "./flow_walk";
import { useFlowWords } from "./flow_words";
import { lookOf } from "./node_words";

interface StandsProps {
  tree: ProcessTree;
  stands: readonly Stand[];
  busy: boolean;
  /** why the last choice was refused */
  error: Error | null;
  onChoose: (key: string) => void;
  onAct: (choice: Choice) => void;
}

export function Stands(props: StandsProps) {
  const [tried, setTried] = useState(-1);
  return (
    <ul className="flow-rows">
      {props.stands.map((one, at) => (
        <Standing
          key={`${one.node}${at}`}
          {...props}
          one={one}
          nth={nthOf(props.stands, at)}
          error={tried === at ? props.error : null}
          onAct={(choice) => {
            setTried(at);
            props.onAct(choice);
          }}
        />
      ))}
    </ul>
  );
}

function Standing({ tree, one, nth, busy, error, onChoose, onAct }: StandsProps & { one: Stand; nth: number }) {
  const { t } = useTranslation();
  const words = useFlowWords(tree);
  const problemText = useProblemText();
  const { title, kind } = words.of(one.node);
  const acts = actsOf(tree, one);
  const act = (what: Choice["act"], more: Partial<Choice> = {}) =>
    onAct({ act: what, node: one.node, nth, outcome: "", values: {}, ...more });
  const told = one.code ? (
    t("flow:trial_stuck")
  ) : one.state === "frozen" ? (
    t("flow:trial_cancelled")
  ) : one.state === "held" ? (
    t("flow:trial_held")
  ) : one.state === "queued" ? (
    t("flow:walk_queued")
  ) : one.asks ? (
    one.people.length > 0 ? (
      t("flow:trial_people", { names: one.people.join("、") })
    ) : (
      t("flow:walk_nobody")
    )
  ) : one.wake_at ? (
    <>
      {t("flow:walk_until")} <Moment value={one.wake_at} />
    </>
  ) : (
    t("processes:waiting")
  );
  return (
    <li className="flow-part">
      <span className="flow-line">
        <Icon name={lookOf(kind).icon} size={15} style={{ color: lookOf(kind).colour }} />
        <button type="button" className="bare figure-link" onClick={() => onChoose(one.node)}>
          {title}
        </button>
        <span className="grey small">{told}</span>
      </span>
      {(acts.includes("finish") || acts.includes("decide")) && (
        <Doing tree={tree} one={one} busy={busy} error={error} onAct={act} />
      )}
      {(acts.includes("assume") || acts.includes("forward")) && (
        <span className="row">
          {acts.includes("assume") && (
            <Button size="small" disabled={busy} onClick={() => act("assume")}>
              {t("flow:walk_assume")}
            </Button>
          )}
          {acts.includes("forward") && one.wake_at && (
            <Button
              size="small"
              disabled={busy}
              icon={<Icon name="forward" size={14} />}
              onClick={() => act("forward")}
            >
              {t(acts.includes("finish") ? "flow:walk_let_pass" : "flow:walk_forward")}
            </Button>
          )}
        </span>
      )}
      {error && acts.every((a) => a === "assume" || a === "forward") && <FieldError>{problemText(error)}</FieldError>}
    </li>
  );
}

/** The task is done, or the vote decided, with what the step asks for. */
function Doing({
  tree,
  one,
  busy,
  error,
  onAct,
}: {
  tree: ProcessTree;
  one: Stand;
  busy: boolean;
  error: Error | null;
  onAct: (act: "finish" | "decide", more: Partial<Choice>) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForm(tree.form);
  const problemText = useProblemText();
  const given = nodeOf(tree, one.node)?.outcomes;
  const outcomes = (Array.isArray(given) ? given : []) as { key: string; label?: string; label_en?: string }[];
  const [outcome, setOutcome] = useState(outcomes[0]?.key ?? "");
  const [values, setValues] = useState<Values>({ ...((one.proposal ?? {}) as Values) });
  const kindOf = (key: string) => form?.fields.find((f) => f.key === key)?.kind ?? "";
  const asked = askedOf(tree, one, outcome).filter((a) => !FILES.has(kindOf(a.field)));
  const path = error instanceof Problem ? (error.path ?? "").replace(/^values\./, "") : "";
  const sent = () => {
    const own: Values = {};
    for (const { field } of asked) if (field in values) own[field] = values[field] ?? null;
    return form ? toSend(form, own) : own;
  };
  const id = (field: string) => `walk-${one.node}-${field}`;
  return (
    <form
      className="flow-rows"
      onSubmit={(e) => {
        e.preventDefault();
        if (one.asks === "task") onAct("finish", { outcome, values: sent() });
      }}
    >
      {one.asks === "task" && outcomes.length > 0 && (
        <Radio.Group
          aria-label={t("tasks:outcome")}
          value={outcome}
          options={outcomes.map((o) => ({ value: o.key, label: label(o) || o.key }))}
          onChange={(e) => setOutcome(e.target.value as string)}
        />
      )}
      {asked.map(({ field: key, required }) => {
        const field = form?.fields.find((f) => f.key === key);
        if (!field) return null;
        return (
          <div key={key} className="labelled">
            <label htmlFor={id(key)}>
              {label(field)}
              {required && <span className="bad"> *</span>}
            </label>
            <FieldInput
              id={id(key)}
              field={field}
              value={values[key]}
              wrong={path === key}
              onChange={(v) => setValues({ ...values, [key]: v })}
            />
            {path === key && <FieldError>{problemText(error)}</FieldError>}
          </div>
        );
      })}
      {asked.length > 0 && <p className="grey small">{t("flow:walk_blank_stays")}</p>}
      {error && !asked.some((a) => a.field === path) && <FieldError>{problemText(error)}</FieldError>}
      <span className="row">
        {one.asks === "task" ? (
          <Button size="small" type="primary" htmlType="submit" disabled={busy}>
            {t("flow:walk_finish")}
          </Button>
        ) : (
          (["approved", "rejected"] as const).map((said) => (
            <Button
              key={said}
              size="small"
              type={said === "approved" ? "primary" : "default"}
              disabled={busy}
              onClick={() => onAct("decide", { outcome: said, values: said === "approved" ? sent() : {} })}
            >
              {t(`flow:slot_${said}`)}
            </Button>
          ))
        )}
      </span>
    </form>
  );
}
