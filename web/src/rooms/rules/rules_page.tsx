import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown, Switch, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import {
  Blank,
  Chip,
  Empty,
  Fetched,
  Head,
  Icon,
  Page,
  SmallTable,
  toast,
  useAsk,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { DESIGN, type Definition, definitionsQuery } from "@/rooms/design";
import { discardDraft } from "@/rooms/design/api";
import { useLabel } from "@/rooms/forms";
import { type ListedRule, retryRule, rulesQuery } from "./api";
import { KeptBack } from "./kept_back";
import { isActive, type RuleTree, severityOf } from "./model";
import { NewRule } from "./new_rule";
import { SeverityChip } from "./severity";
import { useSwitch } from "./use_switch";
import { useRuleWords } from "./words";
import "./rules.css";

/** 设计 > 规则: every rule with what it does and what it found, and every draft of one. */
export function RulesPage() {
  const { t } = useTranslation();
  const phone = usePhone();
  const drawn = useQuery(definitionsQuery("rule"));
  const listed = useQuery(rulesQuery).data;
  const [creating, setCreating] = useState<"new" | ListedRule | null>(null);
  useKeys({ c: !phone && !creating && (() => setCreating("new")) });
  const fresh = !phone && (
    <Button title="C" type="primary" icon={<Icon name="plus" size={15} />} onClick={() => setCreating("new")}>
      {t("rules:create")}
    </Button>
  );
  return (
    <Page>
      <Head title={t("rules:title")} fact={t("rules:fact")} actions={fresh || undefined} />
      <section className="card card-flush">
        <Fetched
          of={drawn}
          rows={6}
          none={drawn.data?.length === 0 && <Empty actions={fresh || undefined}>{t("rules:none")}</Empty>}
        >
          {(all) =>
            phone ? (
              <ul className="rule-cards">
                {all.map((one) => (
                  <RuleCard key={one.key} one={one} rule={listed?.find((r) => r.key === one.key)} />
                ))}
              </ul>
            ) : (
              <SmallTable
                scrolls
                className="rule-table"
                columns={[
                  t("rules:rule"),
                  t("rules:sentence_1"),
                  t("forms:state"),
                  t("rules:severity"),
                  t("rules:owner"),
                  { right: t("rules:fired_30") },
                  { right: t("rules:open_alerts") },
                  { sr: t("more") },
                ]}
              >
                {all.map((one) => (
                  <RuleRow
                    key={one.key}
                    one={one}
                    rule={listed?.find((r) => r.key === one.key)}
                    onCopy={(rule) => setCreating(rule)}
                  />
                ))}
              </SmallTable>
            )
          }
        </Fetched>
      </section>
      {creating && (
        <NewRule
          taken={drawn.data?.map((one) => one.key) ?? []}
          {...(creating === "new" ? {} : { of: creating.tree })}
          onClose={() => setCreating(null)}
        />
      )}
    </Page>
  );
}

/** 启用, 停用, 草稿: and what stands beside it. */
function State({ one, rule }: { one: Definition; rule: ListedRule | undefined }) {
  const { t } = useTranslation();
  return (
    <span className="row rule-states">
      {one.state === "new" ? (
        <Chip tone="info">{t("rules:state_new")}</Chip>
      ) : rule?.paused_at ? (
        <Chip tone="urgent" icon="pause">
          {t("rules:state_paused")}
        </Chip>
      ) : (
        <Chip tone={rule?.active ? "brand" : "plain"}>{t(rule?.active ? "rules:state_on" : "rules:state_off")}</Chip>
      )}
      {(one.state === "changed" || one.state === "going") && <Chip tone="warn">{t("rules:state_changed")}</Chip>}
    </span>
  );
}

function Facts({ tree, rule }: { tree: RuleTree; rule: ListedRule }) {
  const words = useRuleWords(tree.form);
  return <>{words.person(tree.owner ?? { field: words.form?.owner ?? "" }) || rule.form}</>;
}
const When = ({ tree }: { tree: RuleTree }) => <>{useRuleWords(tree.form).when(tree)}</>;

function RuleRow({
  one,
  rule,
  onCopy,
}: {
  one: Definition;
  rule: ListedRule | undefined;
  onCopy: (rule: ListedRule) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const ask = useAsk();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { busy, turn } = useSwitch();
  const [listing, setListing] = useState(false);
  const to = `/design/rules/${one.key}`;
  const name = label(one);
  async function tried(act: () => Promise<unknown>, said: string) {
    try {
      await act();
      toast({ text: said });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    void client.invalidateQueries({ queryKey: DESIGN });
    void client.invalidateQueries({ queryKey: rulesQuery.queryKey });
  }
  async function discard() {
    const sure = await ask({
      title: t("rules:discard_name", { name }),
      effect: t("forms:discard_effect"),
      verb: t("forms:discard"),
    });
    if (sure) await tried(() => discardDraft("rule", one.key), t("forms:discarded", { name }));
  }
  const failing = rule && (rule.stopped > 0 || rule.paused_at !== null);
  return (
    <tr>
      <td className="rule-name">
        <Link to={to}>{name}</Link> <code className="grey small">{one.key}</code>
        {failing && (
          <span className="row bad small">
            <Icon name="bang" size={13} />
            {rule.stopped > 0 ? (
              <button type="button" className="bare rule-stopped" onClick={() => setListing(true)}>
                {t(rule.paused_at ? "rules:paused_why" : "rules:stopped_for", { count: rule.stopped })}
              </button>
            ) : (
              t("rules:paused_why")
            )}
            <Button
              size="small"
              onClick={() => void tried(() => retryRule(one.key), t("rules:retried", { name }))}
              aria-label={t("rules:retry_name", { name })}
            >
              {t("retry")}
            </Button>
          </span>
        )}
        {listing && rule && <KeptBack rule={one.key} form={rule.form} name={name} onClose={() => setListing(false)} />}
      </td>
      <td>{rule ? <When tree={rule.tree} /> : <Blank />}</td>
      <td>
        <span className="row">
          {rule && (
            <Tooltip title={one.draft ? t("rules:switch_with_draft") : undefined}>
              <Switch
                size="small"
                checked={rule.active}
                loading={busy}
                disabled={one.draft !== null}
                aria-label={t(rule.active ? "rules:turn_off" : "rules:turn_on", { name })}
                onChange={(on) => void turn(rule.tree, on, name)}
              />
            </Tooltip>
          )}
          <State one={one} rule={rule} />
        </span>
      </td>
      <td>{rule ? <SeverityChip value={severityOf(rule.tree)} /> : <Blank />}</td>
      <td>{rule ? <Facts tree={rule.tree} rule={rule} /> : <Blank />}</td>
      <td className="right">{rule ? (rule.fired.fired ?? 0) + (rule.fired.late ?? 0) : <Blank />}</td>
      <td className="right">
        {rule && rule.open > 0 ? (
          <Link to={`/alerts?view=all&rule=${one.key}`}>{rule.open}</Link>
        ) : (
          (rule?.open ?? <Blank />)
        )}
      </td>
      <td className="right">
        <Dropdown
          trigger={["click"]}
          menu={{
            items: [
              ...(rule ? [{ key: "copy", label: t("rules:copy") }] : []),
              ...(one.draft ? [{ key: "discard", label: t("forms:discard") }] : []),
            ],
            onClick: ({ key }) => (key === "copy" ? rule && onCopy(rule) : void discard()),
          }}
        >
          <button type="button" className="icon-button" aria-label={t("rules:more_of", { name })}>
            <Icon name="more" size={16} />
          </button>
        </Dropdown>
      </td>
    </tr>
  );
}

function RuleCard({ one, rule }: { one: Definition; rule: ListedRule | undefined }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <li>
      <span className="row">
        <Link to={`/design/rules/${one.key}`} className="spread cut">
          <b>{label(one)}</b>
        </Link>
        <State one={one} rule={rule} />
      </span>
      {rule && (
        <span className="grey small">
          <When tree={rule.tree} />
        </span>
      )}
      {rule && (
        <span className="row small">
          <SeverityChip value={severityOf(rule.tree)} />
          <span className="grey">
            {t("rules:card_facts", { fired: (rule.fired.fired ?? 0) + (rule.fired.late ?? 0), open: rule.open })}
          </span>
          {!isActive(rule.tree) && <span className="grey">{t("rules:state_off")}</span>}
        </span>
      )}
    </li>
  );
}
