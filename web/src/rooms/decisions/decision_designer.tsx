import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Chip, Icon, Tabs, usePhone, useProblemText } from "@/kit";
import { Designer, definitionsQuery, draftsQuery, useDraft } from "@/rooms/design";
import { useLabel } from "@/rooms/forms";
import { checkQuery, type Gap, type Overlap, triedOnRecords } from "./api";
import { ColumnPanel } from "./column_panel";
import { Coverage } from "./coverage";
import { EffectPanel, type Tried, UNTRIED } from "./effect";
import { Grid } from "./grid";
import { exampleOf } from "./marks";
import { type Cell, cellAt, type DecisionTree, inserted, placeOf, told } from "./model";
import { Settings } from "./settings";
import { TryPanel } from "./try_panel";
import "@/rooms/forms/forms.css";
import "./decisions.css";

/** A decision table, drawn: how it answers, the grid, and what was found beside it. */
export function DecisionDesignerPage() {
  const { key = "" } = useParams();
  return <DecisionDesigner key={key} decision={key} />;
}

function DecisionDesigner({ decision }: { decision: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const work = useDraft<DecisionTree>("decision", decision);
  const head = useQuery(definitionsQuery("decision")).data?.find((one) => one.key === decision);
  const others = (useQuery(draftsQuery).data ?? []).some((one) => !work.ids.includes(one.id));
  const tree = work.steps?.now ?? null;
  const checked = useQuery(checkQuery(useDeferredValue(tree))).data;
  const [chosen, choose] = useState<Cell>({ row: 0, column: 0 });
  const [tab, setTab] = useState<"check" | "try" | "column">("check");
  const [hit, setHit] = useState<readonly number[]>([]);
  const [tried, setTried] = useState<Tried>(UNTRIED);
  const problemText = useProblemText();
  const onTry = async () => {
    if (!tree) return;
    setTried((old) => ({ ...old, busy: true }));
    try {
      setTried({ found: await triedOnRecords(tree), error: null, busy: false, stamp: tree });
    } catch (failure) {
      setTried({ ...UNTRIED, error: problemText(failure) });
    }
  };
  const cell = {
    row: Math.max(0, Math.min(chosen.row, (tree?.rules.length ?? 1) - 1)),
    column: chosen.column,
  };
  const place = tree && placeOf(tree, cell.column);
  const found = (checked?.gaps.length ?? 0) + (checked?.overlaps.length ?? 0);
  return (
    <Designer
      work={work}
      name={tree ? label(tree) : decision}
      backTo="/design/decisions"
      number={head?.number ?? 0}
      othersWait={others}
      palette={
        tree && (
          <Settings
            tree={tree}
            act={work.act}
            onColumn={(side, at) => {
              choose({ row: cell.row, column: at + (side === "outputs" ? tree.inputs.length : 0) });
              setTab("column");
            }}
          />
        )
      }
      canvas={
        tree && (
          <div className="decide-page">
            <div className="decide-canvas">
              <div className="decide-scroll">
                <Grid
                  tree={tree}
                  checked={checked}
                  hit={hit}
                  hits={tried.stamp === tree ? tried.found?.hits : undefined}
                  still={phone}
                  hands={{
                    act: work.act,
                    cell,
                    choose,
                    chooseColumn: (column) => {
                      choose({ row: cell.row, column });
                      setTab("column");
                    },
                  }}
                />
              </div>
              {!phone && (
                <footer className="decide-foot">
                  <Button
                    size="small"
                    type="link"
                    icon={<Icon name="plus" size={14} />}
                    onClick={() => {
                      work.act(t("decisions:step_row"), (old) => inserted(old, old.rules.length));
                      choose({ row: tree.rules.length, column: 0 });
                    }}
                  >
                    {t("decisions:add_row")}
                  </Button>
                  <span className="grey small">{t("decisions:foot")}</span>
                </footer>
              )}
            </div>
            <div className="decide-panels">
              <Coverage tree={tree} onRow={(row) => choose({ row, column: 0 })} />
              <EffectPanel tree={tree} tried={tried} onTry={() => void onTry()} />
            </div>
          </div>
        )
      }
      inspector={
        tree && (
          <>
            <Tabs
              label={t("decisions:beside")}
              active={tab}
              onChange={(key) => setTab(key as typeof tab)}
              items={[
                { key: "check", label: t("decisions:tab_check"), count: found },
                { key: "try", label: t("decisions:tab_try") },
                { key: "column", label: t("decisions:tab_column") },
              ]}
            />
            {tab === "check" && (
              <Findings
                tree={tree}
                gaps={checked?.gaps ?? []}
                overlaps={checked?.overlaps ?? []}
                whole={checked?.whole ?? true}
                blocks={tree.otherwise === undefined && !["O", "R", "C", "C+", "C<", "C>", "C#"].includes(tree.policy)}
                onRow={(row) => choose({ row, column: 0 })}
                onClose={(gap) => {
                  work.act(t("decisions:step_gap"), (old) =>
                    inserted(old, gap.after, { when: gap.cells.map(told), give: old.outputs.map(() => "") }),
                  );
                  choose({ row: gap.after, column: tree.inputs.length });
                }}
                onFirst={() => work.act(t("decisions:step_table"), (old) => ({ ...old, policy: "F" }))}
              />
            )}
            {tab === "try" && <TryPanel tree={tree} onHit={setHit} />}
            {tab === "column" &&
              (place ? (
                <ColumnPanel
                  key={`${place.side}${place.at}`}
                  tree={tree}
                  side={place.side}
                  at={place.at}
                  act={work.act}
                  onGone={() => setTab("check")}
                />
              ) : (
                <p className="inspector-body grey">{t("decisions:choose_column")}</p>
              ))}
          </>
        )
      }
      onProblem={(problem) => {
        const at = tree && cellAt(tree, problem.path);
        if (at) choose(at);
      }}
      onFix={() => undefined}
    />
  );
}

/** Each gap and overlap with an example and what mends it. */
function Findings({
  tree,
  gaps,
  overlaps,
  whole,
  blocks,
  onRow,
  onClose,
  onFirst,
}: {
  tree: DecisionTree;
  gaps: readonly Gap[];
  overlaps: readonly Overlap[];
  whole: boolean;
  blocks: boolean;
  onRow: (row: number) => void;
  onClose: (gap: Gap) => void;
  onFirst: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const example = (one: Gap | Overlap) =>
    exampleOf(tree, one.example, label, t("decisions:blank"), t("decisions:comma"));
  if (gaps.length + overlaps.length === 0)
    return (
      <p className="inspector-body grey">
        <Icon name="checkCircle" size={14} /> {t("decisions:all_covered")}
      </p>
    );
  return (
    <ul className="decide-findings">
      {gaps.map((gap) => (
        <li key={`gap${gap.cells.join("|")}`} className={blocks ? "decide-finding-gap" : "decide-finding-hint"}>
          <b>
            <Chip tone={blocks ? "urgent" : "info"}>{t("decisions:gap")}</Chip>{" "}
            {gap.cells.map((text) => (text === "-" ? t("decisions:any") : told(text))).join(" · ")}
          </b>
          <p>{t("decisions:gap_example", { example: example(gap) })}</p>
          <Button size="small" onClick={() => onClose(gap)}>
            {t("decisions:close_gap")}
          </Button>
        </li>
      ))}
      {overlaps.map((pair) => (
        <li key={`over${pair.first}.${pair.second}`} className="decide-finding-over">
          <b>
            <Chip tone="warn">{t("decisions:overlap")}</Chip>{" "}
            {t("decisions:overlap_rows", { first: pair.first + 1, second: pair.second + 1 })}
          </b>
          <p>{t("decisions:overlap_example", { example: example(pair) })}</p>
          <span className="row">
            <Button size="small" onClick={() => onRow(pair.first)}>
              {t("decisions:to_row", { n: pair.first + 1 })}
            </Button>
            <Button size="small" onClick={() => onRow(pair.second)}>
              {t("decisions:to_row", { n: pair.second + 1 })}
            </Button>
            <Button size="small" onClick={onFirst}>
              {t("decisions:take_first")}
            </Button>
          </span>
        </li>
      ))}
      {!whole && <li className="grey">{t("decisions:not_whole")}</li>}
    </ul>
  );
}
