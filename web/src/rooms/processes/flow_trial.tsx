import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { Button, Drawer, Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import { FieldError, Icon, Moment, useProblemText } from "@/kit";
import { useForm } from "@/rooms/forms";
import { nodeOf, type ProcessTree, waysOf } from "./flow_tree";
import { Stands } from "./flow_trial_acts";
import { Told } from "./flow_trial_told";
import { type Choice, DARK, type Lit, lit, type Walk } from "./flow_walk";
import { useFlowWords } from "./flow_words";

const MOST = 20;

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
  const [text, setText] = useState("");
  const found = useRecords(tree, useDeferredValue(text.trim()));
  const [record, setRecord] = useState<number | null>(null);
  const [choices, setChoices] = useState<readonly Choice[]>([]);
  const [drawn, setDrawn] = useState(tree);
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
      placement="right"
      size={400}
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
          options={found}
          notFoundContent={t("flow:trial_no_record")}
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

/** Records to try it on: those that it covers first, as long as nothing is typed. */
function useRecords(tree: ProcessTree, text: string) {
  const title = useForm(tree.form)?.title;
  const covers = text === "" && typeof tree.covers === "string" && tree.covers ? tree.covers : null;
  const page = (filter: string | null) =>
    api.post<{ rows: { id: number; [field: string]: unknown }[] }>(`/forms/${tree.form}/page`, {
      columns: title ? [title] : [],
      search: text || null,
      limit: MOST,
      filter,
    });
  const found = useQuery({
    queryKey: [...keys.choices(tree.form, text), covers] as const,
    queryFn: async () => {
      // a condition that is half written finds nothing; then any record will do
      const covered = covers ? await page(covers).catch(() => null) : null;
      return covered && covered.rows.length > 0 ? covered : await page(null);
    },
    enabled: title !== undefined,
    placeholderData: keepPreviousData,
  }).data;
  return (found?.rows ?? []).map((row) => ({ value: row.id, label: String((title && row[title]) || row.id) }));
}
