import { useMutation } from "@tanstack/react-query";
import { Button, Drawer, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import { FieldError, Icon, Moment, useProblemText } from "@/kit";
import { useConditionChoices } from "@/rooms/forms/condition_choices";
import { nodeOf, type ProcessTree, waysOf } from "./flow_tree";
import { Stands } from "./flow_trial_acts";
import { Told } from "./flow_trial_told";
import { type Choice, DARK, type Lit, lit, type Walk } from "./flow_walk";
import { useFlowWords } from "./flow_words";

const SEARCH_MS = 250;

/** One record walks through the draft, step by step: time passes and people decide as one chooses. Nothing is written
 * or sent; each step plays the whole walk again on the server, which takes it back. */
export function Trial({
  tree,
  onWalked,
  onChoose,
  onClose,
}: {
  tree: ProcessTree;
  /** what it went through */
  onWalked: (lit: Lit) => void;
  onChoose: (key: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const words = useFlowWords(tree);
  const problemText = useProblemText();
  const { find } = useConditionChoices(tree.form);
  const [text, setText] = useState("");
  const [found, setFound] = useState<{ value: string | number; label: string }[]>([]);
  const [record, setRecord] = useState<number | null>(null);
  const [choices, setChoices] = useState<readonly Choice[]>([]);
  const [drawn, setDrawn] = useState(tree);
  useEffect(() => {
    let stopped = false;
    const timer = setTimeout(() => {
      find(tree.form, text, []).then(
        (rows) => !stopped && setFound(rows),
        () => undefined,
      );
    }, SEARCH_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [find, tree.form, text]);
  const walk = useMutation({
    mutationFn: (wanted: readonly Choice[]) =>
      api.post<Walk>("/processes/trial", { tree, record_id: record, choices: wanted }),
  });
  const [shown, setShown] = useState<Walk | null>(null);
  /** as far as these choices lead; a choice that is refused is not one */
  function play(wanted: readonly Choice[]) {
    walk.mutate(wanted, {
      onSuccess: (seen) => {
        setShown(seen);
        setChoices(wanted);
        setDrawn(tree);
        onWalked(lit(tree, seen));
      },
    });
  }
  function begin(next: number | null) {
    setRecord(next);
    setShown(null);
    setChoices([]);
    walk.reset();
    onWalked(DARK);
  }
  /** what a choice was, in a few words */
  function said(choice: Choice): string {
    const node = nodeOf(drawn, choice.node);
    const { title } = words.of(choice.node);
    if (choice.act === "forward") return t("flow:walk_forwarded", { name: title });
    if (choice.act === "assume") return t("flow:walk_assumed", { name: title });
    if (choice.act === "decide") return t(`flow:walk_${choice.outcome}`, { name: title });
    const at = Array.isArray(node?.outcomes)
      ? node.outcomes.findIndex((o) => (o as { key?: unknown }).key === choice.outcome)
      : -1;
    const way = node && waysOf(node).find((w) => w.slot === `outcomes.${at}.next`);
    return t("flow:walk_finished", { name: title, outcome: way ? words.slot(way) : t("flow:walk_done") });
  }
  return (
    <Drawer
      open
      mask={false}
      placement="left"
      size={420}
      title={t("flow:trial")}
      onClose={onClose}
      footer={
        <div className="row">
          <p className="grey small spread">{t("flow:trial_nothing")}</p>
          {choices.length > 0 && (
            <Button
              size="small"
              icon={<Icon name="undo" size={14} />}
              disabled={walk.isPending}
              onClick={() => play(choices.slice(0, -1))}
            >
              {t("flow:walk_back")}
            </Button>
          )}
        </div>
      }
    >
      <div className="flow-rows">
        <label htmlFor="trial-record">{t("flow:trial_record")}</label>
        <Select
          id="trial-record"
          showSearch={{ filterOption: false, onSearch: setText }}
          value={record}
          placeholder={t("flow:trial_record_hint")}
          options={found.map((one) => ({ value: Number(one.value), label: one.label }))}
          onChange={begin}
        />
        {!shown && (
          <Button type="primary" disabled={record === null} loading={walk.isPending} onClick={() => play([])}>
            {t("flow:trial_run")}
          </Button>
        )}
        {shown && drawn !== tree && (
          <p className="row small">
            <span className="spread">{t("flow:walk_stale")}</span>
            <Button size="small" loading={walk.isPending} onClick={() => play(choices)}>
              {t("flow:walk_again")}
            </Button>
          </p>
        )}
        {shown && (
          <ol className="walk" aria-label={t("flow:trial")} aria-busy={walk.isPending}>
            {shown.rounds.map((round, at) => {
              const choice = choices[at - 1];
              return (
                // rounds are told in their order and never move
                <li key={at}>
                  <p className="walk-head">
                    <b className="spread">{choice ? said(choice) : t("flow:walk_begins")}</b>
                    <span className="grey small">
                      <Moment value={round.at} />
                    </span>
                    {at > 0 && at < shown.rounds.length - 1 && (
                      <Button size="small" type="text" onClick={() => play(choices.slice(0, at - 1))}>
                        {t("flow:walk_from_here")}
                      </Button>
                    )}
                  </p>
                  <Told tree={drawn} round={round} onChoose={onChoose} />
                </li>
              );
            })}
          </ol>
        )}
        {shown && (
          <section aria-label={t("flow:trial_stands")}>
            <h3>{t("flow:trial_stands")}</h3>
            {shown.stands.length === 0 && <p className="grey">{t("flow:trial_over")}</p>}
            <Stands
              key={choices.length}
              tree={drawn}
              stands={shown.stands}
              busy={walk.isPending}
              error={walk.variables && walk.variables.length > choices.length ? walk.error : null}
              onChoose={onChoose}
              onAct={(choice) => play([...choices, choice])}
            />
          </section>
        )}
        {walk.error && (!shown || (walk.variables?.length ?? 0) <= choices.length) && (
          <FieldError>{problemText(walk.error)}</FieldError>
        )}
      </div>
    </Drawer>
  );
}
