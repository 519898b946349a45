import { useMutation } from "@tanstack/react-query";
import { Button, Drawer, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import type { components } from "@/api/schema";
import { FieldError, Icon, Moment, useProblemText } from "@/kit";
import { useConditionChoices } from "@/rooms/forms/condition_choices";
import { nodeOf, type ProcessTree, waysOf } from "./flow_tree";
import { useFlowWords } from "./flow_words";
import { lookOf } from "./node_words";

type Walk = components["schemas"]["TrialOut"];
const SEARCH_MS = 250;

/** One record walks through the draft until it has to wait; the way that it took is lit. Nothing is written or sent. */
export function Trial({
  tree,
  onWalked,
  onChoose,
  onClose,
}: {
  tree: ProcessTree;
  /** the steps that it went through or stands at */
  onWalked: (keys: readonly string[]) => void;
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
    mutationFn: () => api.post<Walk>("/processes/trial", { tree, record_id: record }),
    onSuccess: ({ steps, stands }) => onWalked([...steps, ...stands].map((one) => one.node)),
  });
  const outcome = (key: string, said: string): string => {
    const node = nodeOf(tree, key);
    const slot = said.startsWith("case_") ? `cases.${said.slice(5)}.next` : said;
    const way = node && waysOf(node).find((w) => w.slot === slot);
    if (way) return words.slot(way);
    return t(`flow:trial_${said}`, { defaultValue: "" });
  };
  const told = new Map(walk.data?.told.map((one) => [one.node, one.count]));
  const row = (key: string, rest: React.ReactNode, id: string) => {
    const { title, kind } = words.of(key);
    return (
      <li key={id} className="flow-line">
        <Icon name={lookOf(kind).icon} size={15} style={{ color: lookOf(kind).colour }} />
        <button type="button" className="bare figure-link" onClick={() => onChoose(key)}>
          {title}
        </button>
        <span className="grey small">{rest}</span>
      </li>
    );
  };
  return (
    <Drawer
      open
      mask={false}
      placement="left"
      size={380}
      title={t("flow:trial")}
      onClose={onClose}
      footer={<p className="grey small">{t("flow:trial_nothing")}</p>}
    >
      <div className="flow-rows">
        <label htmlFor="trial-record">{t("flow:trial_record")}</label>
        <Select
          id="trial-record"
          showSearch={{ filterOption: false, onSearch: setText }}
          value={record}
          placeholder={t("flow:trial_record_hint")}
          options={found.map((one) => ({ value: Number(one.value), label: one.label }))}
          onChange={(value: number) => {
            setRecord(value);
            walk.reset();
            onWalked([]);
          }}
        />
        <Button type="primary" disabled={record === null} loading={walk.isPending} onClick={() => walk.mutate()}>
          {t("flow:trial_run")}
        </Button>
        {walk.error && <FieldError>{problemText(walk.error)}</FieldError>}
        {walk.data && (
          <>
            <h3>{t("flow:trial_steps", { count: walk.data.steps.length })}</h3>
            <ol className="flow-rows" aria-label={t("flow:trial")}>
              {walk.data.steps.map((one, i) =>
                row(
                  one.node,
                  <>
                    {outcome(one.node, one.outcome)}
                    {told.has(one.node) && ` ${t("flow:trial_told", { count: told.get(one.node) ?? 0 })}`}
                  </>,
                  `${one.node}${i}`,
                ),
              )}
            </ol>
            <h3>{t("flow:trial_stands")}</h3>
            {walk.data.stands.length === 0 && <p className="grey">{t("flow:trial_over")}</p>}
            <ul className="flow-rows">
              {walk.data.stands.map((one, i) =>
                row(
                  one.node,
                  one.code ? (
                    t("flow:trial_stuck")
                  ) : one.state === "frozen" ? (
                    t("flow:trial_cancelled")
                  ) : one.people.length > 0 ? (
                    t("flow:trial_people", { names: one.people.join("、") })
                  ) : one.wake_at ? (
                    <Moment value={one.wake_at} />
                  ) : (
                    t(one.state === "held" ? "flow:trial_held" : "processes:waiting")
                  ),
                  `${one.node}${i}`,
                ),
              )}
            </ul>
          </>
        )}
      </div>
    </Drawer>
  );
}
