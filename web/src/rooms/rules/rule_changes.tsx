import { useTranslation } from "react-i18next";
import { Chip } from "@/kit";
import { actionsOf, differing, isActive, placesOf, type RuleTree, severityOf } from "./model";
import { useRuleWords } from "./words";

/** What publishing changes, a line for each sentence: before and after. */
export function RuleChanges({ before, after }: { before: RuleTree; after: RuleTree }) {
  const { t } = useTranslation();
  const was = useRuleWords(before.form);
  const is = useRuleWords(after.form);
  function said(tree: RuleTree, n: number): string {
    const words = tree === before ? was : is;
    switch (n) {
      case 0:
        return [tree.label, tree.about].filter(Boolean).join(" · ");
      case 1:
        return words.when(tree);
      case 2:
        return tree.condition ? words.condition(tree.condition) : t("rules:hint_2_none");
      case 3:
        return placesOf(tree)
          .map((place) => {
            const step = place === null ? undefined : tree.steps?.[place];
            const what = actionsOf(tree, place).map((one) => {
              const { title, fact } = words.action(one);
              return fact ? `${title}（${fact}）` : title;
            });
            return [step ? `${words.offset(step)} ${step.at ?? ""}` : "", what.join(t("rules:and"))]
              .filter(Boolean)
              .join("：");
          })
          .join("；");
      case 4:
        return words.again(tree);
      default:
        return [
          t(isActive(tree) ? "rules:state_on" : "rules:state_off"),
          t(`rules:severity_${severityOf(tree)}`),
          words.person(tree.owner ?? { field: words.form?.owner ?? "" }),
          ...(tree.escalate_workdays ? [`${t("rules:escalate")} ${tree.escalate_workdays}`] : []),
          ...(tree.from || tree.until
            ? [t("rules:from_to", { from: tree.from ?? "—", until: tree.until ?? "—" })]
            : []),
        ]
          .filter(Boolean)
          .join(" · ");
    }
  }
  return (
    <>
      {differing(before, after).map((n) => (
        <div key={n} className="pub-row">
          <Chip tone="brand">{t("design:way_instant")}</Chip>
          <span className="pub-what">
            <b>{n === 0 ? t("rules:name") : t(`rules:sentence_${n}`)}</b>
            <span className="small pub-note rule-change">
              {said(before, n) === said(after, n) ? (
                t("rules:changed_inside")
              ) : (
                <>
                  <del className="grey">{said(before, n)}</del> {said(after, n)}
                </>
              )}
            </span>
          </span>
        </div>
      ))}
    </>
  );
}
