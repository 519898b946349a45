import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { actionsOf, type Place, placesOf, type RuleTree, severityOf } from "./model";
import { SeverityChip } from "./severity";
import { lookOf, useRuleWords } from "./words";

/** The same sentences to be read. */
export function RuleRead({ tree, problems = [] }: { tree: RuleTree; problems?: readonly DesignProblem[] }) {
  const { t } = useTranslation();
  const words = useRuleWords(tree.form);
  const actions = (place: Place) => (
    <ul className="rule-actions">
      {actionsOf(tree, place).map((one, at) => {
        const { title, fact } = words.action(one);
        const { icon, colour } = lookOf(one.kind);
        return (
          <li key={at} className="rule-action row">
            <span className="rule-action-icon" style={{ background: colour }}>
              <Icon name={icon} size={15} />
            </span>
            <span>
              <b>{title}</b>
              {fact && <span className="grey small rule-block">{fact}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
  const said: [number, React.ReactNode][] = [
    [1, <p key={1}>{words.when(tree)}</p>],
    [2, <p key={2}>{tree.condition ? words.condition(tree.condition) : t("rules:hint_2_none")}</p>],
    [
      3,
      placesOf(tree).map((place) => (
        <div key={place ?? "all"} className="rule-read-step">
          {place !== null && tree.steps?.[place] && (
            <p>
              <b>{words.offset(tree.steps[place])}</b>
              {tree.steps[place].condition && (
                <code className="small rule-block">{words.labelled(tree.steps[place].condition)}</code>
              )}
            </p>
          )}
          {actions(place)}
        </div>
      )),
    ],
    [4, <p key={4}>{words.again(tree)}</p>],
    [
      5,
      <dl key={5} className="rule-facts">
        <dt>{t("rules:severity")}</dt>
        <dd>
          <SeverityChip value={severityOf(tree)} />
        </dd>
        <dt>{t("rules:owner_of_alert")}</dt>
        <dd>{words.person(tree.owner ?? { field: words.form?.owner ?? "" })}</dd>
        {Boolean(tree.escalate_workdays) && (
          <>
            <dt>{t("rules:escalate")}</dt>
            <dd>{t("rules:n_workdays", { n: tree.escalate_workdays })}</dd>
          </>
        )}
        {(tree.from || tree.until) && (
          <>
            <dt>{t("rules:period")}</dt>
            <dd>{t("rules:from_to", { from: tree.from ?? "—", until: tree.until ?? "—" })}</dd>
          </>
        )}
        {tree.about && (
          <>
            <dt>{t("rules:about")}</dt>
            <dd>{tree.about}</dd>
          </>
        )}
      </dl>,
    ],
  ];
  return (
    <div className="rule-read">
      {problems.length > 0 && (
        <ul className="flow-phone-problems" aria-label={t("design:problems")}>
          {problems.map((one) => (
            <li key={`${one.code}${one.path}`}>
              <b>{t(`design:severity_${one.severity}`)}</b> {one.text}
            </li>
          ))}
        </ul>
      )}
      {said.map(([n, what]) => (
        <section key={n} className="rule-sentence">
          <h2>
            <span className="rule-number" aria-hidden="true">
              {n}
            </span>
            {t(`rules:sentence_${n}`)}
          </h2>
          {what}
        </section>
      ))}
    </div>
  );
}
