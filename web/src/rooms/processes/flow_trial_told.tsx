/** What one step of a trial did: ways taken, tasks, messages, records before and after. */
import { useTranslation } from "react-i18next";
import { Icon, type IconName, Moment } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import type { Value } from "@/rooms/records";
import { Cell } from "@/rooms/records/cell";
import { nodeOf, type ProcessTree, waysOf } from "./flow_tree";
import { type Round, slotsTaken } from "./flow_walk";
import { useFlowWords } from "./flow_words";
import { lookOf } from "./node_words";

const MOST = 8; // fields of a new record

export function Told({ tree, round, onChoose }: { tree: ProcessTree; round: Round; onChoose: (key: string) => void }) {
  const { t } = useTranslation();
  const words = useFlowWords(tree);
  const forms = useForms();
  const label = useLabel();
  /** by which way it left, where there are several; else what happened there */
  function outcome(key: string, said: string): string {
    const node = nodeOf(tree, key);
    if (!node) return "";
    const taken = slotsTaken(node, said);
    const ways = waysOf(node).filter((w) => taken.includes(w.slot));
    if (node.kind === "parallel") return "";
    if (ways.length > 0 && waysOf(node).length > 1) return ways.map((w) => words.slot(w)).join("、");
    return t(`flow:trial_${said.split(":")[0]}`, { defaultValue: "" });
  }
  const line = (id: string, icon: IconName, what: React.ReactNode) => (
    <li key={id} className="walk-fact">
      <Icon name={icon} size={14} />
      <span>{what}</span>
    </li>
  );
  return (
    <ul className="walk-told">
      {round.steps.map((one, i) => (
        // a step may be taken twice in one round
        <li key={`s${i}`} className="flow-line">
          <Icon
            name={lookOf(words.of(one.node).kind).icon}
            size={15}
            style={{ color: lookOf(words.of(one.node).kind).colour }}
          />
          <button type="button" className="bare figure-link" onClick={() => onChoose(one.node)}>
            {words.of(one.node).title}
          </button>
          <span className="grey small">{outcome(one.node, one.outcome)}</span>
        </li>
      ))}
      {round.tasks.map((one, i) =>
        line(
          `t${i}`,
          "person",
          <>
            {t("flow:walk_task", { title: one.title, names: one.people.join("、") || t("flow:walk_nobody") })}{" "}
            {one.due_at && (
              <span className="grey">
                {t("flow:walk_due")} <Moment value={one.due_at} />
              </span>
            )}
          </>,
        ),
      )}
      {round.messages.map((one, i) =>
        line(
          `m${i}`,
          "mail",
          <details>
            <summary>
              {t("flow:walk_message", {
                name: one.name || t("flow:walk_no_address"),
                channel: t(`messages:channel_${one.channel}`, { defaultValue: one.channel }),
                subject: one.subject,
              })}
            </summary>
            <p className="walk-text">{one.body}</p>
          </details>,
        ),
      )}
      {round.changes.map((one, i) => {
        const form = forms.find((f) => f.key === one.form);
        const fields = one.values
          ? Object.entries(one.values)
              .filter(
                ([key, value]) => value !== null && form?.fields.some((f) => f.key === key && f.kind !== "formula"),
              )
              .slice(0, MOST)
              .map(([key, after]) => ({ key, before: null, after }))
          : (one.fields as { key: string; before: unknown; after: unknown }[]);
        return line(
          `c${i}`,
          one.op === "create" ? "addCircle" : "edit",
          <>
            {t(`flow:walk_op_${one.op}`, { form: form ? label(form) : one.form, title: one.title ?? "" })}
            <ul>
              {fields.map((f) => {
                const field = form?.fields.find((x) => x.key === f.key);
                if (!field) return null;
                return (
                  <li key={f.key}>
                    <span className="grey">{label(field)}</span>{" "}
                    {one.op !== "create" && (
                      <>
                        <del>
                          <Cell field={field} value={f.before as Value} />
                        </del>{" "}
                        →{" "}
                      </>
                    )}
                    <ins>
                      <Cell field={field} value={f.after as Value} />
                    </ins>
                  </li>
                );
              })}
            </ul>
          </>,
        );
      })}
      {round.unseen > 0 && <li className="grey small">{t("flow:walk_unseen", { count: round.unseen })}</li>}
      {round.steps.length + round.tasks.length + round.messages.length + round.changes.length + round.unseen === 0 && (
        <li className="grey small">{t("flow:walk_nothing")}</li>
      )}
    </ul>
  );
}
