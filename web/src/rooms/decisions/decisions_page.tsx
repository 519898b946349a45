import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import {
  Chip,
  Empty,
  Fetched,
  Head,
  Icon,
  Moment,
  Page,
  SmallTable,
  toast,
  useAsk,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { DESIGN, type Definition, definitionsQuery, NewDefinition } from "@/rooms/design";
import { discardDraft } from "@/rooms/design/api";
import { useLabel } from "@/rooms/forms";
import type { DecisionTree } from "./model";

const TONES = { published: "brand", changed: "warn", new: "info", going: "urgent" } as const;

/** 设计 > 决策表: every table and every draft of one. */
export function DecisionsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const ask = useAsk();
  const client = useQueryClient();
  const problemText = useProblemText();
  const found = useQuery(definitionsQuery("decision"));
  const [creating, setCreating] = useState(false);
  useKeys({ c: !phone && !creating && (() => setCreating(true)) });
  const fresh = !phone && (
    <Button title="C" type="primary" icon={<Icon name="plus" size={15} />} onClick={() => setCreating(true)}>
      {t("decisions:create")}
    </Button>
  );
  async function discard(one: Definition) {
    const sure = await ask({
      title: t("decisions:discard_name", { name: label(one) }),
      effect: t("forms:discard_effect"),
      verb: t("forms:discard"),
    });
    if (!sure) return;
    try {
      await discardDraft("decision", one.key);
      toast({ text: t("forms:discarded", { name: label(one) }) });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    void client.invalidateQueries({ queryKey: DESIGN });
  }
  return (
    <Page>
      <Head title={t("decisions:title")} fact={t("decisions:fact")} actions={fresh || undefined} />
      <section className="card card-flush">
        <Fetched
          of={found}
          rows={6}
          none={found.data?.length === 0 && <Empty actions={fresh || undefined}>{t("decisions:none")}</Empty>}
        >
          {(tables) => (
            <SmallTable
              scrolls
              columns={[
                t("decisions:table"),
                t("forms:state"),
                t("forms:last_published"),
                t("forms:drawn"),
                { sr: t("more") },
              ]}
            >
              {tables.map((one) => (
                <tr key={one.key}>
                  <td>
                    <Link to={`/design/decisions/${one.key}`}>{label(one)}</Link>{" "}
                    <code className="grey small">{one.key}</code>
                  </td>
                  <td>
                    <Chip tone={TONES[one.state]}>
                      {t(`decisions:state_${one.state}`, {
                        n: one.state === "published" ? one.number : one.number + 1,
                      })}
                    </Chip>
                  </td>
                  <td>{one.published ? <Moment value={one.published.at} /> : <span className="grey">—</span>}</td>
                  <td>{one.draft ? <Moment value={one.draft.at} /> : <span className="grey">—</span>}</td>
                  <td className="right">
                    {one.draft && !phone && (
                      <Button
                        size="small"
                        type="text"
                        aria-label={t("decisions:discard_name", { name: label(one) })}
                        onClick={() => void discard(one)}
                      >
                        {t("forms:discard")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </SmallTable>
          )}
        </Fetched>
      </section>
      {creating && <Create taken={found.data?.map((one) => one.key) ?? []} onClose={() => setCreating(false)} />}
    </Page>
  );
}

/** A name; the first column of each side stands there to be named. */
function Create({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const make = (key: string, name: string): DecisionTree => ({
    decision: key,
    label: name,
    policy: "U",
    inputs: [{ key: "input_1", label: t("decisions:new_input"), kind: "number" }],
    outputs: [{ key: "result_1", label: t("decisions:new_result"), kind: "text" }],
    rules: [{ when: ["-"], give: [""] }],
  });
  return (
    <NewDefinition
      kind="decision"
      at="decisions"
      id="decision-name"
      title={t("decisions:create")}
      label={t("decisions:name")}
      hint={t("decisions:name_hint")}
      taken={taken}
      make={make}
      onClose={onClose}
    />
  );
}
