import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { keys } from "@/api";
import { Icon, toast, usePhone, useProblemText } from "@/kit";
import { Designer, type DesignProblem, definitionsQuery, draftsQuery, useDraft } from "@/rooms/design";
import { useForm, useLabel } from "@/rooms/forms";
import { DoSentence, type Opened, openedKey } from "./actions";
import { catchUp } from "./api";
import { BacklogLine } from "./backlog";
import { BacktestPanel } from "./backtest_panel";
import { IfSentence } from "./condition";
import { actionAt, differing, put, type RuleTree, sentenceOf } from "./model";
import type { Props } from "./parts";
import { RuleChanges } from "./rule_changes";
import { RuleRead } from "./rule_read";
import { RuleTrial } from "./rule_trial";
import { RuleVersions } from "./rule_versions";
import { AgainSentence, SettingsSentence } from "./settings";
import { useConflicts } from "./use_conflicts";
import { WhenSentence } from "./when";
import "@/rooms/forms/forms.css";
import "@/rooms/processes/flow.css";
import "./rules.css";

/** What people call an attribute that was not filled in. */
const NAMES: Record<string, string> = {
  template: "flow:template",
  process: "rules:process",
  label: "rules:name",
  date: "rules:date",
  url: "flow:attr_url",
  form: "flow:which_form",
  steps: "rules:sentence_3",
};

/** A rule as sentences: 什么时候, 满足什么条件, 做什么, 多久一次. */
export function RuleDesignerPage() {
  const { key = "" } = useParams();
  return <RuleDesigner key={key} rule={key} />;
}

function RuleDesigner({ rule }: { rule: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const work = useDraft<RuleTree>("rule", rule);
  const head = useQuery(definitionsQuery("rule")).data?.find((one) => one.key === rule);
  const others = (useQuery(draftsQuery).data ?? []).some((one) => !work.ids.includes(one.id));
  const tree = work.steps?.now ?? null;
  const form = useForm(tree?.form ?? "");
  const [opened, open] = useState<Opened>(null);
  const [beside, setBeside] = useState<"trial" | "versions" | null>(null);
  const [along, setAlong] = useState(false);
  /** the same for what outlives this drawing: a publication is taken back with the hands it was made with */
  const taken = useRef(false);
  const client = useQueryClient();
  const problemText = useProblemText();
  const problems = work.problems.map((one) => {
    const name = one.code === "rules.attribute" ? NAMES[String(one.facts.attribute)] : undefined;
    return name ? { ...one, text: t("rules:not_filled", { name: t(name) }) } : one;
  });
  const blocked = work.problems.some((one) => one.severity === "error");
  const conflicts = useConflicts(phone ? null : tree, blocked);

  /** `=path`: at this path alone */
  const problem = (...paths: string[]): DesignProblem | null =>
    problems.find((one) =>
      paths.some((path) => one.path === path.replace(/^=/, "") || (!path.startsWith("=") && below(one.path, path))),
    ) ?? null;
  function show(found: DesignProblem) {
    const at = actionAt(found.path);
    if (at) open(openedKey(at.place, at.at));
    const target = at ? `[data-action="${openedKey(at.place, at.at)}"]` : `[data-sentence="${sentenceOf(found.path)}"]`;
    window.setTimeout(() => {
      const place = document.querySelector<HTMLElement>(target);
      place?.scrollIntoView({ block: "center" });
      place?.querySelector<HTMLElement>("h2, button")?.focus();
    });
  }
  function choose(on: boolean) {
    taken.current = on;
    setAlong(on);
  }
  /** in force: those for whom it holds already are taken along where somebody said so */
  async function afterwards() {
    void client.invalidateQueries({ queryKey: ["rules"] });
    if (!taken.current) return;
    choose(false);
    try {
      const { fired } = await catchUp(rule);
      toast({ text: t("rules:caught_up", { n: fired, noun: form?.noun ?? "" }) });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    void client.invalidateQueries({ queryKey: keys.allAlerts });
  }
  const backlog = tree && <BacklogLine tree={tree} blocked={blocked} along={along} onAlong={choose} />;
  const props: Props | null = tree && { tree, form, act: work.act, problem };
  return (
    <>
      <Designer
        work={{ ...work, problems: [...problems, ...conflicts] }}
        name={tree ? label(tree) : rule}
        backTo="/design/rules"
        number={head?.number ?? 0}
        othersWait={others}
        facts={
          tree && !phone ? (
            <>
              {work.current && (
                <Button
                  size="small"
                  type="text"
                  icon={<Icon name="history" size={15} />}
                  onClick={() => setBeside("versions")}
                >
                  {t("rules:versions")}
                </Button>
              )}
              <Button size="small" icon={<Icon name="flask" size={15} />} onClick={() => setBeside("trial")}>
                {t("rules:trial")}
              </Button>
            </>
          ) : undefined
        }
        palette={null}
        canvas={
          props &&
          (phone ? (
            <RuleRead tree={props.tree} problems={problems} />
          ) : (
            <div className="rule-work">
              <div className="rule-sentences">
                <WhenSentence {...props} published={work.current !== null} />
                <IfSentence {...props} />
                <DoSentence {...props} opened={opened} open={open} />
                <AgainSentence {...props} />
                <SettingsSentence {...props} />
              </div>
              <BacktestPanel tree={props.tree} blocked={blocked} foot={backlog} />
            </div>
          ))
        }
        inspector={null}
        onProblem={show}
        onFix={(found) => {
          const fix = found.fix;
          if (fix?.path === "condition") work.act(t("rules:sentence_2"), (old) => put(old, { condition: fix.value }));
        }}
        {...(tree && {
          sheet: {
            count: work.current ? differing(work.current, tree).length : 0,
            changes: work.current && <RuleChanges before={work.current} after={tree} />,
            running: null,
            backlog,
            compare: { label: t("rules:versions"), act: () => setBeside("versions") },
          },
        })}
        onPublished={() => void afterwards()}
      />
      {beside === "trial" && tree && <RuleTrial tree={tree} onClose={() => setBeside(null)} />}
      {beside === "versions" && tree && (
        <RuleVersions
          rule={rule}
          onClose={() => setBeside(null)}
          onTake={(old) => {
            work.act(t("rules:step_take", { n: old.number }), old.tree);
            setBeside(null);
          }}
        />
      )}
    </>
  );
}

const below = (path: string, head: string) => path.startsWith(head) && [".", "["].includes(path[head.length] ?? "");
